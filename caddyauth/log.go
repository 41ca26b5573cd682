package caddyauth

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// One line for each thing that an operator may be asked about, with a reason
// that does not change between releases. No token, code, cookie or password is
// ever in one.

func (g *Gate) logSignIn(r *http.Request, s *session.Session, transaction string) {
	g.metrics.signIns.WithLabelValues(resultOK).Inc()
	g.logger.Info("signed in", append(g.who(r), slog.String("reason", signin.ReasonSignedIn), slog.String("transaction", transaction),
		slog.String("user", display(s)), slog.String("subject", s.Subject))...)
}

func (g *Gate) logSignOut(r *http.Request, s *session.Session) {
	g.logger.Info("signed out", append(g.who(r), slog.String("reason", "signed_out"),
		slog.String("user", display(s)), slog.String("subject", s.Subject))...)
}

// logOutcome logs what did not go as it should. An identifier that was refused
// may be a password in the wrong box: it is logged as a keyed hash, by which
// attempts can still be told apart.
func (g *Gate) logOutcome(e *engine, r *http.Request, v *signin.Visit, out signin.Outcome) {
	attrs := append(g.who(r), slog.String("reason", out.Reason), slog.String("transaction", out.Ref))
	if v.Remediation != "" {
		attrs = append(attrs, slog.String("remediation", clip(v.Remediation)))
	}
	if id := v.Posted.Get("identifier"); id != "" {
		attrs = append(attrs, slog.String("identifier_hash", e.keyring.Hash("identifier", id)))
	}
	if out.Warning != nil {
		g.logger.Warn("a way to sign in cannot be offered here", append(slices.Clone(attrs), slog.Any("error", out.Warning))...)
	}
	switch {
	case out.Err != nil:
		g.metrics.signIns.WithLabelValues(resultFailed).Inc()
		if hint := g.hint(out.Err); hint != "" {
			attrs = append(attrs, slog.String("hint", hint))
		}
		g.logger.Error("sign-in did not work", append(attrs, slog.Any("error", out.Err))...)
	case out.Reason == signin.ReasonLimited:
		g.logger.Warn("an address begins very many sign-ins", attrs...)
	case out.Reason == signin.ReasonRejected:
		g.metrics.signIns.WithLabelValues(resultRefused).Inc()
		g.logger.Info("sign-in step was rejected", attrs...)
	case out.Reason != signin.ReasonSignedIn:
		g.logger.Debug("sign-in", attrs...)
	}
}

// who asks: the client's address, by Caddy's trusted_proxies, and the request.
func (g *Gate) who(r *http.Request) []any {
	return []any{slog.String("client_ip", clientIP(r)), slog.String("reference", reference(r))}
}

func clientIP(r *http.Request) string {
	address, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return address
}

func clip(s string) string { return s[:min(len(s), 80)] }
