package oktasim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// endpointNames are the names of everything that is counted and can be made
// to fail.
var endpointNames = slices.Concat(
	[]string{"discovery", "keys", "interact", "authorize", "token", "refresh", "revoke", "userinfo", "logout"}, idxPaths,
)

// A callRecord tells what the org could learn about the user's device from the
// latest call of an endpoint, and which parameters it had. It holds no secret:
// device tokens are hashed, and parameters are names only.
type callRecord struct {
	UserAgent      string   `json:"user_agent"`
	AcceptLanguage string   `json:"accept_language"`
	ForwardedFor   string   `json:"x_forwarded_for"`
	DeviceToken    string   `json:"x_device_token_sha256"` // empty: none was sent
	DeviceCookie   string   `json:"dt_cookie_sha256"`
	Cookies        []string `json:"cookies"` // names
	ContentType    string   `json:"content_type"`
	Accept         string   `json:"accept"`
	ClientAuth     string   `json:"client_auth"` // "basic", "post", "assertion" or "none"
	Parameters     []string `json:"parameters"`  // of the form, or the body's top level
}

// record counts a call, lets it meet its fault, if there is one for it, and
// writes it into the log.
func (s *Server) record(name string, c *call) *loggedCall {
	seen := describeCall(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address == "" {
		s.address = c.base
	}
	if name != "" {
		s.calls[name]++
		s.last[name] = seen
		c.fault = s.fault(name)
	}
	entry := s.logged(name, c)
	s.log.add(entry)
	return entry
}

func describeCall(c *call) callRecord {
	h := c.request.Header
	out := callRecord{
		UserAgent:      h.Get("User-Agent"),
		AcceptLanguage: h.Get("Accept-Language"),
		ForwardedFor:   h.Get("X-Forwarded-For"),
		DeviceToken:    digest(h.Get("X-Device-Token")),
		Cookies:        []string{},
		ContentType:    h.Get("Content-Type"),
		Accept:         h.Get("Accept"),
		ClientAuth:     "none",
		Parameters:     []string{},
	}
	for _, cookie := range c.request.Cookies() {
		out.Cookies = append(out.Cookies, cookie.Name)
		if cookie.Name == "DT" {
			out.DeviceCookie = digest(cookie.Value)
		}
	}
	if _, _, basic := basicAuth(c.request); basic {
		out.ClientAuth = "basic"
	} else if c.form.Has("client_secret") {
		out.ClientAuth = "post"
	} else if c.form.Has("client_assertion") {
		out.ClientAuth = "assertion"
	}
	var body map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &body) // not an object: no parameters
	out.Parameters = slices.AppendSeq(out.Parameters, maps.Keys(body))
	out.Parameters = slices.AppendSeq(out.Parameters, maps.Keys(c.form))
	slices.Sort(out.Parameters)
	return out
}

// digest lets a test compare two values without the org repeating them.
func digest(value string) string {
	if value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}

// counts has every name, zeros too.
func (s *Server) counts() map[string]int {
	out := map[string]int{}
	for _, name := range endpointNames {
		out[name] = s.calls[name]
	}
	return out
}
