package oktasim

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
)

// The pages for people. Script never runs on them.

//go:embed pages
var pageFiles embed.FS

var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

const (
	homePage      = "home.html"
	mailPage      = "mail.html"
	verifyPage    = "verify.html"
	verifiedPage  = "verified.html"
	signedOutPage = "signedout.html"
	signInPage    = "signin.html"
	managePage    = "manage.html"
	callsPage     = "calls.html"
	callPage      = "call.html"
)

// A tab leads from one of the pages for people to the others.
type tab struct {
	Name, Href string
	Here       bool
}

var tabs = []struct{ name, href, page string }{
	{"Org", "/", homePage},
	{"Mail", "/mail", mailPage},
	{"Phones", "/phone", handsetPage},
	{"Calls", "/calls", callsPage},
}

// tabsOn is the tabs of a page, none on one that has none of its own: what a
// mail leads to is not for finding one's way.
func tabsOn(name string) []tab {
	var out []tab
	found := name == callPage
	for _, t := range tabs {
		out = append(out, tab{t.name, t.href, t.page == name})
		found = found || t.page == name
	}
	if !found {
		return nil
	}
	return out
}

func (s *Server) addPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /style.css", serveStyle)
	mux.Handle("GET /{$}", s.forPeople(s.home))
	mux.Handle("GET /mail", s.forPeople(s.mailFor))
	mux.Handle("GET /mail/{login}", s.forPeople(s.mailFor))
	mux.Handle("GET /calls", s.forPeople(s.showCalls))
	mux.Handle("GET /calls/{id}", s.forPeople(s.showCall))
	mux.Handle("GET /email/verify/{link}", s.endpoint("", s.askVerify))
	mux.Handle("POST /email/verify/{link}", s.endpoint("", s.verify))
}

// page renders a template inside the frame that says what this is.
func page(status int, title, name string, data any) reply {
	var body bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&body, name, map[string]any{"Title": title, "Data": data, "Tabs": tabsOn(name)}); err != nil {
		panic(err) // a mistake in a template
	}
	return reply{status: status, kind: "text/html; charset=utf-8", content: body.Bytes(), header: http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"Referrer-Policy":         {"no-referrer"},
	}}
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pageFiles, "pages/style.css")
}

func (s *Server) home(*call) reply {
	var servers []string
	for _, as := range s.servers {
		servers = append(servers, as.path)
	}
	return page(http.StatusOK, "A simulated Okta org", homePage, map[string]any{"Users": s.users(), "Clients": s.Clients, "Servers": servers})
}

// shownCalls is how many of the latest calls their page shows.
const shownCalls = 100

func (s *Server) showCalls(*call) reply {
	calls := s.log.after(0)
	slices.Reverse(calls)
	return page(http.StatusOK, "Calls", callsPage, calls[:min(len(calls), shownCalls)])
}

func (s *Server) showCall(c *call) reply {
	id, _ := strconv.Atoi(c.request.PathValue("id")) // not a number: no call
	for _, entry := range s.log.after(id - 1) {
		if entry.ID == id {
			return page(http.StatusOK, "Call "+strconv.Itoa(id), callPage, map[string]any{"Call": entry, "Body": indented(entry.Body)})
		}
	}
	return page(http.StatusNotFound, "No such call", callPage, map[string]any{})
}

// indented is JSON for people; empty for nothing.
func indented(value any) string {
	if value == nil {
		return ""
	}
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err) // a mistake in this package
	}
	return string(content)
}

// mailFor shows one user's mail, or everybody's.
func (s *Server) mailFor(c *call) reply {
	type box struct {
		User User
		Mail []Mail
	}
	var boxes []box
	for _, u := range s.users() {
		if login := c.request.PathValue("login"); login == "" || loginKey(login) == loginKey(u.Login) {
			boxes = append(boxes, box{u, s.mailbox(u.Login)})
		}
	}
	return page(http.StatusOK, "Mail", mailPage, boxes)
}

// askVerify is where the link in a mail leads. It changes nothing yet: mail
// scanners follow links too.
func (s *Server) askVerify(c *call) reply {
	tx, problem := s.withMailLink(c.request.PathValue("link"))
	if tx == nil {
		return page(http.StatusNotFound, "This link is over", verifiedPage, text(c.language(), problem))
	}
	if tx.policy.MagicLink == linkOTP {
		return page(http.StatusOK, "Your code: "+tx.attempt.memory.(*mailed).code, verifiedPage, text(c.language(), msgEnterCode))
	}
	return page(http.StatusOK, "Sign in?", verifyPage, map[string]string{"User": tx.identifier, "App": tx.client.Label})
}

// verify counts as the right code: the tab that polls goes on.
func (s *Server) verify(c *call) reply {
	// A page elsewhere must not confirm for the user.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	tx, _ := s.withMailLink(c.request.PathValue("link"))
	if tx == nil || tx.policy.MagicLink == linkOTP {
		return s.askVerify(c)
	}
	s.confirmLink(c, tx)
	return page(http.StatusOK, "Done", verifiedPage, text(c.language(), msgReturnToTab))
}
