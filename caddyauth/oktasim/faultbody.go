package oktasim

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// bodyFaults replace or spoil the answer as bytes, whatever it says.
var bodyFaults = []*faultKind{
	{
		name: "proxy_page", instead: func(*Server, *call, value) reply { return proxyPage },
		alter: func(_ *Server, _ *call, _ value, out reply) reply { return withoutRequestID(out) },
		does:  "answers 502 with the HTML of a proxy, without the header that Okta's answers have",
	},
	{
		name: "empty", alter: func(_ *Server, _ *call, _ value, out reply) reply { out.content = nil; return out },
		does: "sends the answer with an empty body",
	},
	{
		name: "half", alter: func(_ *Server, _ *call, _ value, out reply) reply {
			out.content = out.content[:len(out.content)/2]
			return out
		},
		does: "sends half the body as if it were all",
	},
	{
		name: "wrong_type", takes: takesText("text/html"), alter: func(_ *Server, _ *call, v value, out reply) reply {
			out.kind = string(v)
			return out
		},
		does: "sends the answer under another Content-Type; value: the type",
	},
	{
		name: "invalid_utf8", alter: func(_ *Server, _ *call, _ value, out reply) reply {
			out.content = bytes.ReplaceAll(out.content, []byte(`":"`), []byte("\":\"\xff\xfe"))
			return out
		},
		does: "puts bytes that are not UTF-8 into every text",
	},
	{
		name: "redirect", takes: takesText(""), instead: redirect,
		does: "answers 302; value: where to (default: the same address, so a loop)",
	},
}

var proxyPage = reply{
	status: http.StatusBadGateway, kind: "text/html; charset=utf-8",
	content: []byte("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><p>proxy.example</p>\n"),
}

// requestIDHeader is on every answer of Okta's: clients tell Okta from what
// stands between by it.
const requestIDHeader = "X-Okta-Request-Id"

func withoutRequestID(out reply) reply {
	out.header = http.Header{requestIDHeader: nil}
	return out
}

func redirect(_ *Server, c *call, v value) reply {
	to := string(v)
	if to == "" {
		to = c.base + c.request.URL.RequestURI()
	}
	return reply{status: http.StatusFound, header: http.Header{"Location": {to}}}
}

// limitFaults are the answers of an org that was asked too often. Limits that
// really count are in limits.go.
var limitFaults = []*faultKind{{
	name:  "rate_limited",
	takes: takesOneOf("near", "far", "past", "absent", "garbage", "milliseconds", "concurrent"),
	does:  "answers 429; value: what X-Rate-Limit-Reset says: near (3 s), far (1 h), past, absent, garbage, milliseconds (of the epoch), concurrent (limit and remaining are 0)",
	instead: func(s *Server, c *call, v value) reply {
		now := s.Now()
		limit, reset := "60", ""
		switch string(v) {
		case "near":
			reset = epoch(now.Add(3 * time.Second))
		case "far":
			reset = epoch(now.Add(time.Hour))
		case "past":
			reset = epoch(now.Add(-time.Minute))
		case "garbage":
			reset = "soon"
		case "milliseconds":
			reset = strconv.FormatInt(now.Add(3*time.Second).UnixMilli(), 10)
		case "concurrent":
			limit, reset = "0", epoch(now.Add(time.Minute))
		}
		return s.tooManyRequests(c, limit, reset)
	},
}}
