package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// recordVersion is the first byte of a record. During an upgrade both versions
// of this program meet the records of the other: an unknown version is no
// session, never an error.
const recordVersion = 1

// record is a session as stores keep it: short names and seconds, because a
// cookie pays for each byte. The time of the sign-in alone is finer: a user who
// signs in within the second in which all their sessions were ended is in.
type record struct {
	ID      string         `json:"i"`
	Issuer  string         `json:"o,omitempty"`
	Subject string         `json:"s"`
	Login   string         `json:"l,omitempty"`
	Email   string         `json:"e,omitempty"`
	Claims  map[string]any `json:"c,omitempty"`
	Created int64          `json:"t"`
	Millis  int64          `json:"m,omitempty"` // of Created, beyond its second
	Used    int64          `json:"u,omitempty"`
	Auth    int64          `json:"a,omitempty"`
	Refresh string         `json:"r,omitempty"`
	Expires int64          `json:"x,omitempty"`
	Renewed int64          `json:"n,omitempty"`
	Access  string         `json:"at,omitempty"`
	IDToken string         `json:"it,omitempty"`
	AtOkta  bool           `json:"ao,omitempty"`
	Keep    bool           `json:"k,omitempty"`
}

// Marshal writes a session as the record that stores keep. It is not sealed.
func Marshal(s *Session) ([]byte, error) {
	if s.ID == "" || s.Subject == "" || s.CreatedAt.IsZero() {
		return nil, errors.New("a session needs an id, a subject and its time of creation")
	}
	out := bytes.NewBuffer([]byte{recordVersion})
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // it is nowhere near a page, and \u003c is six bytes
	err := enc.Encode(record{
		ID: s.ID, Issuer: s.Issuer, Subject: s.Subject, Login: s.Login, Email: s.Email,
		Claims:  s.Claims,
		Created: seconds(s.CreatedAt), Millis: s.CreatedAt.UnixMilli() % 1000, Used: seconds(s.UsedAt), Auth: seconds(s.AuthTime),
		Refresh: s.RefreshToken, Expires: seconds(s.TokenExpiresAt),
		Renewed: seconds(s.RefreshedAt), Access: s.AccessToken, IDToken: s.IDToken, AtOkta: s.AtOkta, Keep: s.Remember,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the session: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Unmarshal reads a record; false for anything that Marshal did not write.
func Unmarshal(data []byte) (*Session, bool) {
	if len(data) == 0 || data[0] != recordVersion {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(data[1:]))
	dec.UseNumber() // a float64 would round long numeric ids
	var r record
	if dec.Decode(&r) != nil || r.ID == "" || r.Subject == "" || r.Created == 0 || r.Millis < 0 || r.Millis > 999 {
		return nil, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, false
	}
	return &Session{
		ID: r.ID, Issuer: r.Issuer, Subject: r.Subject, Login: r.Login, Email: r.Email,
		Claims:    r.Claims,
		CreatedAt: fromSeconds(r.Created).Add(time.Duration(r.Millis) * time.Millisecond), UsedAt: fromSeconds(r.Used), AuthTime: fromSeconds(r.Auth),
		RefreshToken: r.Refresh, TokenExpiresAt: fromSeconds(r.Expires),
		RefreshedAt: fromSeconds(r.Renewed), AccessToken: r.Access, IDToken: r.IDToken, AtOkta: r.AtOkta, Remember: r.Keep,
	}, true
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromSeconds(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
