package caddyauth

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/intercept"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// silence takes the network away from the handlers of some routes, and of all routes
// within these: whichever a request comes to, it calls nobody.
func (x *explainer) silence(server *caddyhttp.Server, lists ...caddyhttp.RouteList) error {
	for _, routes := range lists {
		for _, route := range routes {
			for _, handler := range route.Handlers {
				var within []caddyhttp.RouteList
				switch h := handler.(type) {
				case *caddyhttp.Subroute:
					within = append(within, h.Routes)
					if h.Errors != nil {
						within = append(within, h.Errors.Routes)
					}
				case *intercept.Intercept:
					within = responseRoutes(h.HandleResponse)
				case *reverseproxy.Handler:
					h.Transport = upstreamNotes{}
					if h.DynamicUpstreams != nil {
						h.DynamicUpstreams = upstreamNotes{}
					}
					within = responseRoutes(h.HandleResponse)
				case *Gate:
					ring, err := seal.New(seal.Generate())
					if err != nil {
						return err
					}
					if h.engine.made, err = h.newEngine(ring, new(onlySession)); err != nil {
						return err
					}
					x.gates[server] = append(x.gates[server], h)
				}
				if err := x.silence(server, within...); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func responseRoutes(handlers []caddyhttp.ResponseHandler) (lists []caddyhttp.RouteList) {
	for _, h := range handlers {
		lists = append(lists, h.Routes)
	}
	return lists
}

// withoutHealthChecks takes out of a config what Caddy calls applications for as
// soon as it sets a proxy up, before anybody can silence that.
func withoutHealthChecks(apps caddy.ModuleMap) error {
	dec := json.NewDecoder(bytes.NewReader(apps["http"]))
	dec.UseNumber()
	var app any
	if err := dec.Decode(&app); err != nil {
		return nil // Caddy says what is wrong with it, or that there is none
	}
	forgetHealthChecks(app)
	var err error
	apps["http"], err = json.Marshal(app)
	return err
}

func forgetHealthChecks(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			forgetHealthChecks(item)
		}
	case map[string]any:
		if checks, ok := v["health_checks"].(map[string]any); ok && v["handler"] == "reverse_proxy" {
			delete(checks, "active")
		}
		for _, item := range v {
			forgetHealthChecks(item)
		}
	}
}

// upstreamNotes stands where the upstream would be, and where it would be looked for.
type upstreamNotes struct{}

func (upstreamNotes) GetUpstreams(*http.Request) ([]*reverseproxy.Upstream, error) {
	return []*reverseproxy.Upstream{{Dial: "dynamic:80"}}, nil // as the config says it
}

func (upstreamNotes) RoundTrip(req *http.Request) (*http.Response, error) {
	if e, ok := req.Context().Value(explanationKey{}).(*explanation); ok {
		e.upstream = req.Clone(context.WithoutCancel(req.Context()))
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: io.NopCloser(strings.NewReader("")), Request: req,
	}, nil
}
