package signin

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
)

// send writes a whole answer; the status 0 is 200. It does not tell whether the
// client was still there to read it: nobody could be told.
func send(w http.ResponseWriter, req *http.Request, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	if req.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 12.5.3).
func acceptsGzip(req *http.Request) bool {
	list := strings.Join(req.Header.Values("Accept-Encoding"), ",")
	for item := range strings.SplitSeq(list, ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			_, q, given := strings.Cut(weight, "=")
			n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && n > 0
		}
	}
	return false
}

// compress packs body; the comment stands in the gzip header (RFC 1952).
func compress(body []byte, comment string) ([]byte, error) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Comment = comment
	if _, err := zw.Write(body); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// breachPadding makes the length of a compressed page random. A page holds a
// token and repeats the query of its own address; without noise, an attacker
// who sends the victim guesses in that query and watches the lengths on the
// wire could learn the token (BREACH).
func breachPadding() string {
	var n [1]byte
	rand.Read(n[:]) // never fails
	return strings.Repeat("-", int(n[0]))
}
