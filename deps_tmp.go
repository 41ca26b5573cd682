package tmp
import (
 _ "github.com/okta/okta-idx-golang"
 _ "github.com/coreos/go-oidc/v3/oidc"
 _ "golang.org/x/oauth2/clientcredentials"
 _ "github.com/chromedp/chromedp"
 _ "github.com/google/go-cmp/cmp"
 _ "golang.org/x/net/html"
 _ "golang.org/x/crypto/chacha20poly1305"
 _ "github.com/go-jose/go-jose/v4"
 _ "golang.org/x/text/language"
 _ "go.uber.org/zap"
 _ "golang.org/x/sync/singleflight"
)
