package oktasim

import (
	"net"
	"net/http"
	"strings"
)

// An Org is one of several simulated orgs in a process. They share nothing.
type Org struct {
	Name   string // in the management port's addresses; empty for the first
	Listen string // host:port, as a seed file has it
	Server *Server

	// Listener is where Serve answers as the org.
	Listener net.Listener
}

// Manage returns the handler of one management port for several orgs: that of
// the first org, and that of each other one below /orgs/NAME/.
func Manage(orgs []Org) http.Handler {
	mux := http.NewServeMux()
	list := []map[string]string{}
	for i, org := range orgs {
		prefix := ""
		if i > 0 {
			prefix = "/orgs/" + org.Name
		}
		mux.Handle(prefix+"/", http.StripPrefix(prefix, org.Server.Manage()))
		list = append(list, map[string]string{"name": org.Name, "org": org.Server.URL, "manage": prefix + "/"})
	}
	if len(orgs) < 2 {
		return mux
	}
	first := orgs[0].Server
	mux.HandleFunc("GET /orgs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(simulatorHeader, simulatorNotice)
		if first.guard(w, r) {
			jsonReply(http.StatusOK, list).write(w)
		}
	})
	return mux
}

// Describe says in plain text, for a terminal, what a person needs to use
// several orgs.
func Describe(orgs []Org) string {
	var out strings.Builder
	for _, org := range orgs {
		if org.Name != "" {
			out.WriteString("\norg " + org.Name + "\n")
		}
		out.WriteString(org.Server.Describe())
	}
	return out.String()
}
