package caddyauth

import (
	"errors"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are counters of what an operator wants to be woken for. None has a label
// that a client could fill with values of its own.
type metrics struct {
	signIns, denied, refreshes *prometheus.CounterVec
	unknownKeys, storeErrors   prometheus.Counter
}

// collectors are made once for the process; each config registers them anew.
var collectors = metrics{
	signIns:   counters("sign_ins_total", "Sign-ins that ended, by result.", "result"),
	denied:    counters("denied_total", "Requests of signed-in users that access rules refused.", "site"),
	refreshes: counters("refreshes_total", "Refreshes of sessions at Okta, by result.", "result"),
	unknownKeys: prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "caddy", Subsystem: "okta_auth", Name: "unknown_key_total",
		Help: "Session cookies and records that were sealed with a key that is not among ours: replicas with different keys, or a key that was taken away too early.",
	}),
	storeErrors: prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "caddy", Subsystem: "okta_auth", Name: "store_errors_total",
		Help: "Requests that got 503 because the session store did not answer.",
	}),
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "caddy", Subsystem: "okta_auth", Name: name, Help: help}, labels)
}

// register makes the counters part of the config's metrics.
func (m *metrics) register(ctx caddy.Context) error {
	for _, c := range []prometheus.Collector{m.signIns, m.denied, m.refreshes, m.unknownKeys, m.storeErrors} {
		var twice prometheus.AlreadyRegisteredError
		if err := ctx.GetMetricsRegistry().Register(c); err != nil && !errors.As(err, &twice) {
			return err
		}
	}
	return nil
}

func (m *metrics) unknownKey() { m.unknownKeys.Inc() }
func (m *metrics) storeError() { m.storeErrors.Inc() }

// Results of sign-ins and refreshes.
const (
	resultOK      = "ok"
	resultRefused = "refused" // Okta said no
	resultFailed  = "failed"  // nobody said anything
)
