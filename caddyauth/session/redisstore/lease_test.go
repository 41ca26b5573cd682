package redisstore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// A lock that was shorter than the redeem it guarded let a second replica redeem
// the same one-time refresh token, and the user was signed out. Here the lease is
// renewed for as long as the redeem takes: longer than its length, in this test.
//
// Rows: oauth2-proxy #1992, F-30.
func TestOAuth2Proxy_1992_LeaseOutlastsASlowRedeem(t *testing.T) {
	t.Parallel() // it takes seconds: one that were shorter would end on a busy machine
	server := startServer(t)
	o := open(t, server.client(t))
	ours, theirs := o.Store.(*redisstore.Store), replica(t, server.client(t), o.Marks)
	token := save(t, o, "", "ada")
	release, held, err := ours.Lease(t.Context(), sessiontest.Host, token)
	if err != nil || !held {
		t.Fatalf("held %v, err %v", held, err)
	}
	lease := leaseKey(t, server)
	for renewed := 0; renewed < 4; renewed++ { // each renewal: what is left grows
		before := server.do(t, "PTTL", lease).(int64)
		rig.Eventually(t, "the lease is renewed", func() bool {
			left := server.do(t, "PTTL", lease).(int64)
			grown := left > before
			before = left
			return grown
		})
		if _, held, err := theirs.Lease(t.Context(), sessiontest.Host, token); held || err != nil {
			t.Fatalf("the other replica: held %v, err %v", held, err)
		}
	}
	release()
	release() // no harm
	if n := server.do(t, "EXISTS", lease); n != int64(0) {
		t.Error("the lease is still there after its release")
	}
}

// Fifty requests on two replicas at the moment of a refresh, the token endpoint
// rotating strictly: one redeems, all others come out with what it brought.
//
// Rows: oauth2-proxy #1992, F-30.
func TestOAuth2Proxy_1992_OneRedeemForTwoReplicas(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	replicas := []*redisstore.Store{o.Store.(*redisstore.Store), replica(t, server.client(t), o.Marks)}
	token := save(t, o, "", "ada")
	var redeems atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		store := replicas[i%2]
		wg.Go(func() {
			for {
				s, err := store.Fresh(t.Context(), sessiontest.Host, token)
				if err != nil || s == nil {
					t.Errorf("session %v, err %v", s != nil, err)
					return
				}
				if s.RefreshToken == "rotated" {
					return
				}
				release, held, err := store.Lease(t.Context(), sessiontest.Host, token)
				if err != nil {
					t.Error(err)
					return
				}
				if !held {
					continue
				}
				// Somebody may have been here between our read and our lease.
				if s, err = store.Fresh(t.Context(), sessiontest.Host, token); err == nil && s.RefreshToken != "rotated" {
					redeems.Add(1)
					next := s.Clone()
					next.RefreshToken, next.RefreshedAt = "rotated", time.Now()
					_, err = store.Save(t.Context(), sessiontest.Host, token, next)
				}
				if err != nil {
					t.Error(err)
				}
				release()
			}
		})
	}
	wg.Wait()
	if redeems.Load() != 1 {
		t.Errorf("%d redeems, want 1", redeems.Load())
	}
}

// A replica dies with the lease: another gets it when its time is up. And what
// the dead one releases late, being not so dead, is not the other's lease.
//
// Rows: F-30.
func TestF30_HolderDies(t *testing.T) {
	server := startServer(t)
	dying := server.client(t)
	o := open(t, dying)
	store := o.Store.(*redisstore.Store)
	store.SetLeaseTTL(300 * time.Millisecond)
	other := replica(t, server.client(t), o.Marks)
	token := save(t, o, "", "ada")
	release, held, err := store.Lease(t.Context(), sessiontest.Host, token)
	if err != nil || !held {
		t.Fatalf("held %v, err %v", held, err)
	}
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	var take func()
	rig.Eventually(t, "another replica gets the lease", func() bool {
		take, held, err = other.Lease(t.Context(), sessiontest.Host, token)
		if err != nil {
			t.Fatal(err)
		}
		return held
	})
	release()
	if server.do(t, "EXISTS", leaseKey(t, server)) != int64(1) {
		t.Error("the dead one released the lease of the other")
	}
	take()
}

// Redis is away while a lease is held, and comes back without it: the holder
// takes it again, and nobody else has it meanwhile.
//
// Rows: F-30.
func TestF30_RedisLosesTheLease(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	store := o.Store.(*redisstore.Store)
	store.SetLeaseTTL(300 * time.Millisecond)
	token := save(t, o, "", "ada")
	release, held, err := store.Lease(t.Context(), sessiontest.Host, token)
	if err != nil || !held {
		t.Fatalf("held %v, err %v", held, err)
	}
	server.restart(t)
	rig.Eventually(t, "the holder has it again", func() bool {
		return len(server.do(t, "KEYS", "okta_auth:lease:*").([]any)) == 1
	})
	release()
	if len(server.do(t, "KEYS", "okta_auth:lease:*").([]any)) != 0 {
		t.Error("not released")
	}
}

// The request that began a refresh is over before it: the lease is not.
func TestLeaseOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	o := open(t, server.client(t))
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	ctx, cancel := context.WithCancel(t.Context())
	release, held, err := store.Lease(ctx, sessiontest.Host, token)
	if err != nil || !held {
		t.Fatalf("held %v, err %v", held, err)
	}
	cancel()
	lease := leaseKey(t, server)
	before := server.do(t, "PTTL", lease).(int64)
	rig.Eventually(t, "it is renewed", func() bool {
		left := server.do(t, "PTTL", lease).(int64)
		grown := left > before
		before = left
		return grown
	})
	release()
	if server.do(t, "EXISTS", lease) != int64(0) {
		t.Error("not released")
	}
	if _, held, err := store.Lease(t.Context(), sessiontest.Host, "not a token"); held || err != nil {
		t.Errorf("the lease of nothing: held %v, err %v", held, err)
	}
}

func leaseKey(t *testing.T, server *server) string {
	t.Helper()
	keys := server.do(t, "KEYS", "okta_auth:lease:*").([]any)
	if len(keys) != 1 {
		t.Fatalf("leases %v, want one", keys)
	}
	return keys[0].(string)
}
