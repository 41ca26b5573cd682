package redisstore

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// leaseTTL is how long a lease outlives its holder. It is renewed long before,
// for as long as the refresh takes: a lock shorter than a redeem let two happen
// (oauth2-proxy issue 1992).
const leaseTTL = 5 * time.Second

// Lease takes the session for a refresh, see session.Leaser. A holder that dies
// keeps it for five seconds.
func (s *Store) Lease(ctx context.Context, host, token string) (release func(), held bool, err error) {
	at, ok := s.locate(host, token)
	if !ok {
		return func() {}, false, nil
	}
	key, mine := s.client.prefix+"lease:"+at.id, seal.Random(16)
	take := func(ctx context.Context) (held bool, err error) {
		err = s.client.call(ctx, "lease", func(ctx context.Context) (err error) {
			held, err = takeLease.Run(ctx, s.client.redis, []string{key}, mine, s.leaseTTL.Milliseconds()).Bool()
			return err
		})
		return held, err
	}
	if held, err = take(ctx); err != nil || !held {
		return func() {}, false, err
	}
	// The request that began the refresh may end before it.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() {
		ticker := time.NewTicker(s.leaseTTL / 3)
		defer ticker.Stop()
		for {
			select {
			case <-background.Done():
				return
			case <-ticker.C:
				// An error is no reason to stop: the next one may work, and a lease that
				// has run out meanwhile is taken again unless another has it.
				take(background)
			}
		}
	})
	var once sync.Once
	return func() {
		once.Do(func() {
			stop()
			renewing.Wait() // or it could be taken again after its end
			// Failing here costs others the rest of the five seconds.
			_ = s.client.call(context.WithoutCancel(ctx), "release", func(ctx context.Context) error {
				return dropLease.Run(ctx, s.client.redis, []string{key}, mine).Err()
			})
		})
	}, true, nil
}

// takeLease takes a lease that nobody has, or renews one's own. The same script
// for both makes it safe to repeat when the answer was lost.
var takeLease = redis.NewScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
	return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

// dropLease ends one's own lease, not that of who took it after it ran out.
var dropLease = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
	return redis.call('DEL', KEYS[1])
end
return 0
`)
