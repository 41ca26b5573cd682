package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
)

const (
	// MaxLogoutBody is the longest body of a Universal Logout request, in bytes.
	MaxLogoutBody = 8 << 10
	// maxLogoutToken is the longest token of one; Okta's have about 1 KB.
	maxLogoutToken = 8 << 10
	// logoutType is the token's type, which no other token of the org has.
	logoutType = "global-token-revocation+jwt"
	// maxLogoutAhead is the latest expiry that is accepted. Okta's tokens last
	// five minutes; one that lasted longer would be good for replays longer than
	// a ReplayGuard remembers.
	maxLogoutAhead = 10 * time.Minute
)

// LogoutRequest says whose sessions the org wants to end: those of Email, or
// those of Subject.
type LogoutRequest struct {
	// Email in lower case; empty where the request names a subject.
	Email string
	// Subject is the user's id, the sub of ID tokens. Issuer is the one of the
	// org's that names the user so. A user has the same id at each of them, so
	// sessions are found by Subject alone.
	Issuer, Subject string
}

// LogoutError is a Universal Logout request that is not obeyed. Its text is for
// the operator's log and holds no token.
type LogoutError struct {
	// Status to answer with: 400 for a malformed body, 401 for a token that is
	// missing or not genuine, out of date or used, 403 for a genuine one that is
	// not meant for this application, 503 where the org's keys cannot be had now.
	Status int
	Err    error
}

func (e *LogoutError) Error() string { return "universal logout: " + e.Err.Error() }

func (e *LogoutError) Unwrap() error { return e.Err }

func refuse(status int, format string, args ...any) error {
	return &LogoutError{Status: status, Err: fmt.Errorf(format, args...)}
}

// VerifyLogout checks a request of Okta's Universal Logout, and says whose
// sessions to end. It is given the Authorization header, the body, and the
// address that the org was told to send it to, as a browser outside would write
// it. Every error is a *LogoutError.
//
// The token must be signed with RS256 by a key of who issued it: the issuer, the
// org itself, or one of Config.LogoutIssuers; nobody else's keys are asked for.
// It must be of Universal Logout's own type, for this application and this
// address, last no longer than ten minutes, and be used for the first time.
func (o *Org) VerifyLogout(ctx context.Context, authorization string, body []byte, audience string) (*LogoutRequest, error) {
	claims, err := o.logoutClaims(ctx, authorization)
	if err != nil {
		return nil, err
	}
	switch aud, sub := claims["aud"], claims.Text("sub"); {
	case !isAudience(aud, audience):
		return nil, refuse(http.StatusForbidden, "the token is for the address %q, not for %q", clean(fmt.Sprint(aud), 200), audience)
	case sub != o.cfg.ClientID:
		return nil, refuse(http.StatusForbidden, "the token is for the client %q, not for %q", clean(sub, 100), o.cfg.ClientID)
	}
	request, err := o.readLogout(body)
	if err != nil {
		return nil, err
	}
	// Last: a request that fails otherwise may be sent again.
	if !o.cfg.Replays.first(claims.Text("iss"), claims.Text("jti"), o.cfg.Now()) {
		return nil, refuse(http.StatusUnauthorized, "the token was used before")
	}
	return request, nil
}

// logoutClaims are those of a genuine token, whomever it is for.
func (o *Org) logoutClaims(ctx context.Context, authorization string) (Claims, error) {
	bad := func(err error) error {
		return refuse(http.StatusUnauthorized, "token: %s", clean(err.Error(), 300))
	}
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" || len(raw) > maxLogoutToken {
		return nil, bad(errors.New("missing, too long or not a bearer token (RFC 6750, section 2.1)"))
	}
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, bad(err)
	}
	head, err := readHeader(raw)
	if err != nil {
		return nil, bad(err)
	}
	// Other tokens of the org are signed by the same keys, and some are seen by
	// browsers: the type alone tells them apart (RFC 8725, section 3.11).
	if typ := head["typ"]; typ != logoutType {
		return nil, bad(fmt.Errorf("its type is %q, not %q", fmt.Sprint(typ), logoutType))
	}
	claims, err := decodePayload(jws.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, bad(err)
	}
	// Nothing of the claims is believed yet; the issuer says which of our own
	// list of servers is asked, and no other is.
	iss := claims.Text("iss")
	signer := o.signer(iss)
	if signer == nil {
		return nil, bad(fmt.Errorf("it is issued by %q, which is neither the issuer %q, nor its org %q, nor configured as a domain of the org", clean(iss, 100), o.issuer, o.origin))
	}
	if _, err := signer.verifyStranger(ctx, jws); errors.Is(err, errNoKey) {
		return nil, bad(err)
	} else if err != nil {
		return nil, refuse(http.StatusServiceUnavailable, "the keys of %s cannot be had: %w", signer.issuer, err)
	}
	return claims, o.checkLogoutClaims(claims, bad)
}

func decodePayload(payload []byte) (Claims, error) {
	return decodeClaims(func(v any) error { return json.Unmarshal(payload, v) })
}

// checkLogoutClaims checks what makes a token good for now, and for once.
func (o *Org) checkLogoutClaims(claims Claims, bad func(error) error) error {
	now := o.cfg.Now()
	if err := checkTimes(claims, now); err != nil {
		return bad(err)
	}
	if exp, _ := claims.Time("exp"); exp.After(now.Add(maxLogoutAhead)) {
		return bad(fmt.Errorf("it expires at %s, more than %s ahead; this machine's clock says %s", exp.UTC(), maxLogoutAhead, now.UTC()))
	}
	if claims.Text("jti") == "" {
		return bad(errors.New("jti is missing: it could be used again and again"))
	}
	return nil
}

// signer is the one of the org's servers that signs as iss, or nil.
func (o *Org) signer(iss string) *authority {
	i := slices.IndexFunc(o.signers, func(a *authority) bool { return a.issuer == iss })
	if i < 0 {
		return nil
	}
	return o.signers[i]
}

func isAudience(aud any, wanted string) bool {
	list, ok := aud.([]any)
	if !ok {
		list = []any{aud}
	}
	return wanted != "" && slices.Contains(list, any(wanted))
}

// readLogout reads whom a body names (Okta: "Universal Logout"; RFC 9493, in the
// formats email and iss_sub).
func (o *Org) readLogout(body []byte) (*LogoutRequest, error) {
	bad := func(format string, args ...any) (*LogoutRequest, error) {
		return nil, refuse(http.StatusBadRequest, "body: "+format, args...)
	}
	if len(body) > MaxLogoutBody || !utf8.Valid(body) {
		return bad("longer than %d bytes, or not UTF-8", MaxLogoutBody)
	}
	whole, err := members(body)
	if err != nil {
		return bad("%s", clean(err.Error(), 200))
	}
	subject, err := members(whole["sub_id"])
	if err != nil {
		return bad("sub_id: %s", clean(err.Error(), 200))
	}
	text := func(name string) string {
		var s string
		if json.Unmarshal(subject[name], &s) != nil || len(s) > 255 || strings.ContainsFunc(s, unicode.IsControl) {
			return ""
		}
		return s
	}
	switch format := text("format"); format {
	case "email":
		email := strings.ToLower(text("email"))
		if !strings.Contains(email, "@") {
			return bad("sub_id: email is missing or not an address")
		}
		return &LogoutRequest{Email: email}, nil
	case "iss_sub":
		iss, sub := text("iss"), text("sub")
		if iss == "" || sub == "" {
			return bad("sub_id: iss or sub is missing")
		}
		if o.signer(iss) == nil {
			return nil, refuse(http.StatusForbidden, "the user is one of %q, which is not this org", clean(iss, 100))
		}
		return &LogoutRequest{Issuer: iss, Subject: sub}, nil
	default:
		return bad("sub_id: format %q is neither \"email\" nor \"iss_sub\"", clean(format, 64))
	}
}
