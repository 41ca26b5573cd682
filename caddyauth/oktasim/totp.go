package oktasim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"image/png"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// Time-based codes, RFC 6238, as authenticator apps make them: SHA-1, six
// digits, thirty seconds.

const (
	totpPeriod = 30 * time.Second
	qrSize     = 200 // pixels
)

// newSecret is a shared secret as apps read it: 80 bits in base 32.
func newSecret() string {
	var secret [10]byte
	rand.Read(secret[:])
	return base32.StdEncoding.EncodeToString(secret[:])
}

// secretOf is the secret of an enrollment. One that came from a seed without
// any has one of its own as well.
func secretOf(e *Enrollment) string {
	if secret := e.Data["secret"]; secret != "" {
		return secret
	}
	sum := sha256.Sum256([]byte("secret\x00" + e.ID))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// totpCode is the code that an app with the secret of e shows.
func (s *Server) totpCode(e *Enrollment) string { return totpAt(e, s.Now()) }

func totpAt(e *Enrollment, at time.Time) string {
	code, err := totp.GenerateCode(secretOf(e), at)
	if err != nil {
		return "" // a seed's secret that is not base 32
	}
	return code
}

// rightTOTP says whether a code is that of now, or of the period before or
// after, since clocks differ. A code is good once (RFC 6238, 5.2): whoever
// looked over the shoulder is late.
func (s *Server) rightTOTP(e *Enrollment, given string) bool {
	used, _ := strconv.ParseInt(e.Data["used"], 10, 64)
	now := s.Now()
	for _, at := range []time.Time{now.Add(-totpPeriod), now, now.Add(totpPeriod)} {
		period := at.Unix() / int64(totpPeriod/time.Second)
		if code := totpAt(e, at); code != "" && code == strings.TrimSpace(given) && period > used {
			e.note("used", strconv.FormatInt(period, 10))
			return true
		}
	}
	return false
}

// totpAddress is what the QR code of a secret says.
func totpAddress(issuer, account, secret string) string {
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" +
		url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}.Encode()
}

// qrCode is an address as a picture, in the shape in which Okta sends it.
func qrCode(address string) object {
	key, err := otp.NewKeyFromURL(address) // draws any address
	if err != nil {
		panic(err) // a mistake in this package
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		panic(err) // too long for a QR code: the same
	}
	var content bytes.Buffer
	if err := png.Encode(&content, picture); err != nil {
		panic(err)
	}
	return object{"method": "embedded", "type": "image/png", "href": "data:image/png;base64," + base64.StdEncoding.EncodeToString(content.Bytes())}
}
