package okta

import (
	"context"

	"golang.org/x/sync/singleflight"
)

// shared lets callers that ask for the same thing at the same time share one
// call. Were they to queue instead, a hundred users would wait a hundred
// timeouts for an org that does not answer. The call is not canceled with the
// caller that happened to start it: others wait for it too. The HTTP client's
// timeout ends it.
func shared[T any](ctx context.Context, group *singleflight.Group, key string, call func(context.Context) (T, error)) (T, error) {
	done := group.DoChan(key, func() (any, error) { return call(context.WithoutCancel(ctx)) })
	var none T
	select {
	case r := <-done:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
