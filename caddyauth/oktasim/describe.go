package oktasim

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Describe says in plain text, for a terminal, what a person needs to use the
// org: its issuers, clients, users and where what they are sent arrives. URL must be
// set.
func (s *Server) Describe() string {
	s.start.Do(s.begin)
	s.mu.Lock()
	defer s.mu.Unlock()
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "A simulated Okta org. It is not Okta; its passwords and secrets are public.")
	fmt.Fprintf(out, "\nissuer\t%s%s\n", s.address, s.servers[0].path)
	fmt.Fprintf(out, "org issuer\t%s\t(thin ID tokens)\n", s.address)
	fmt.Fprintf(out, "mail\t%s/mail\n", s.address)
	fmt.Fprintf(out, "phones\t%s/phone\n", s.address)
	fmt.Fprintf(out, "calls\t%s/calls\n", s.address)
	for _, c := range s.Clients {
		secret := "public"
		if c.Secret != "" {
			secret = "secret " + c.Secret
		}
		fmt.Fprintf(out, "client\t%s\t%s\n", c.ID, secret)
	}
	for _, u := range s.users() {
		fmt.Fprintf(out, "user\t%s\tpassword %q\n", u.Login, u.Password)
	}
	out.Flush()
	return text.String()
}
