package oktasim

import (
	"net/http"
	"slices"
)

// byPath is the name of the endpoint that is many: each is counted by its path.
const byPath = "(path)"

// endpoint is the one way from a request to a handler: read, count, hold
// against the limits, misbehave if told to, answer. An empty name is not
// counted and does not misbehave.
func (s *Server) endpoint(name string, handle func(*call) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, problem := s.readCall(w, r)
		if problem != nil {
			problem.write(w)
			return
		}
		name := c.nameOf(name)
		entry := s.record(name, c)
		if s.Intercept != nil && name != "" && s.Intercept(name, w, r) {
			return
		}
		headers, refused, done := s.admit(name, c)
		defer done()
		for name, values := range headers {
			w.Header()[name] = values
		}
		if !c.fault.wait(r) {
			return
		}
		out := s.locked(func() reply {
			out := s.answer(name, c, handle, refused)
			entry.Status = out.status
			if c.fault.silent() {
				entry.Status = 0
			}
			return out
		})
		c.fault.send(w, r, out)
	}
}

// nameOf is what the endpoint is counted as; empty when it is not.
func (c *call) nameOf(name string) string {
	if name == byPath {
		if name = idxEndpoint(c.request.PathValue("path")); !slices.Contains(idxPaths, name) {
			return ""
		}
	}
	if name == "token" && c.form.Get("grant_type") == "refresh_token" {
		return "refresh"
	}
	return name
}

// answer is what the org says to a call: that it is one too many, what a fault
// says in its place, or what the endpoint says, made odd and then spoilt.
func (s *Server) answer(name string, c *call, handle func(*call) reply, refused *reply) reply {
	if refused != nil {
		return *refused
	}
	out, replaced := c.fault.replacement(s, c)
	if !replaced {
		out = s.quirk.touch(handle(c))
	}
	out = c.fault.alter(s, c, out)
	if s.ShapeAnswer != nil && name != "" {
		out.content = s.ShapeAnswer(name, out.content)
	}
	return out
}

// forPeople is endpoint for the simulator's own pages, which reload by
// themselves: the log of calls would be full of them.
func (s *Server) forPeople(handle func(*call) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, problem := s.readCall(w, r)
		if problem != nil {
			problem.write(w)
			return
		}
		s.locked(func() reply { return handle(c) }).write(w)
	}
}
