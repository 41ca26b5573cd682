package redisstore

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// CacheAge is how long a session that was read is used before it is read again.
// A session that was signed out, refreshed or removed on another replica is
// noticed no later; one that a mark ended, as soon as the mark is here.
const CacheAge = 2 * time.Second

// Store keeps one application's sessions. Its fields are not changed once it is
// in use.
type Store struct {
	client *Client

	Keyring *seal.Keyring
	Name    string // the application; sessions of another name do not open here
	Limits  session.Limits
	// Marks end sessions early; nil: none do. Delete adds to them.
	Marks *session.Marks
	// Foreign is told of a record that our keys do not open, as often as it is asked
	// for; nil is not. Which key has sealed it, no record says.
	Foreign func(keyID string)
	// Logger hears of what cannot be a record; nil means nobody.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	cache            session.Cache
	reads            singleflight.Group
	leaseTTL         time.Duration
	missing, invalid atomic.Int64
}

var (
	_ session.Store  = (*Store)(nil)
	_ session.Leaser = (*Store)(nil)
	_ session.Lister = (*Store)(nil)
)

// Store returns the store of one application, named as its cookie or otherwise
// unlike its neighbours. Marks, Logger and Now may be set before it is used.
func (c *Client) Store(keyring *seal.Keyring, name string, limits session.Limits) *Store {
	return &Store{
		client: c, Keyring: keyring, Name: name, Limits: limits,
		cache: session.Cache{MaxAge: CacheAge}, leaseTTL: leaseTTL,
	}
}

// Load returns the session behind token, as it was at most CacheAge ago.
func (s *Store) Load(ctx context.Context, host, token string) (*session.Session, error) {
	if cached := s.cache.Get(host, token, s.now()); cached != nil {
		return s.alive(cached), nil
	}
	// A browser's requests come many at a time and find the cache empty together:
	// one reads for all. They share by the whole token, since of anything shorter two
	// could be one (CVE-2026-71326), and whoever hangs up takes nobody along.
	reading := s.reads.DoChan(host+"\n"+token, func() (any, error) {
		return s.Fresh(context.WithoutCancel(ctx), host, token)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("redis: load: %w", ctx.Err())
	case read := <-reading:
		found, _ := read.Val.(*session.Session)
		if found == nil {
			return nil, read.Err
		}
		return s.alive(found), nil
	}
}

// Fresh is Load from Redis itself.
func (s *Store) Fresh(ctx context.Context, host, token string) (*session.Session, error) {
	at, ok := s.locate(host, token)
	if !ok {
		return nil, nil
	}
	var record string
	err := s.client.call(ctx, "load", func(ctx context.Context) (err error) {
		// Not GET: whatever somebody has put there, no more than a session's worth
		// is read.
		record, err = s.client.redis.GetRange(ctx, s.sessionKey(at.id), 0, maxRecord).Result()
		return err
	})
	switch {
	case isWrongType(err):
		s.refuse(at)
		return nil, nil
	case err != nil:
		return nil, err
	case record == "":
		s.missing.Add(1)
		s.cache.Drop(host, token)
		return nil, nil
	}
	found, ok := at.read(record)
	if !ok {
		s.invalid.Add(1)
		if s.Foreign != nil {
			s.Foreign("")
		}
		s.cache.Drop(host, token)
		return nil, nil
	}
	now := s.now()
	// Read before a refresh was saved here, and arrived after it: the refreshed
	// one counts. By the second, as records have it.
	if cached := s.cache.Get(host, token, now); cached != nil && unix(cached.RefreshedAt) > unix(found.RefreshedAt) {
		return s.alive(cached), nil
	}
	s.cache.Put(host, token, found, now)
	return s.alive(found), nil
}

// Save writes s: under a new token for an empty one, and in the place of what
// lies under the token otherwise. A session that Okta confirmed longer ago
// (RefreshedAt) than the stored one changes nothing: a replica that notes the
// last use must not put back the refresh token that another has just redeemed.
// So whoever refreshes moves RefreshedAt forward, whatever the clocks say.
func (s *Store) Save(ctx context.Context, host, token string, sess *session.Session) (string, error) {
	fresh := token == ""
	if fresh {
		token = seal.Random(tokenBytes)
	}
	at, ok := s.locate(host, token)
	if !ok {
		return token, nil // never a session's
	}
	record, err := s.write(at, host, sess)
	if err != nil {
		return "", err
	}
	left := s.kept(sess).Sub(s.now())
	if left <= 0 {
		return token, nil
	}
	var written bool
	err = s.client.call(ctx, "save", func(ctx context.Context) (err error) {
		if fresh {
			written = true
			return s.client.redis.Set(ctx, s.sessionKey(at.id), record, left).Err()
		}
		written, err = replace.Run(ctx, s.client.redis, []string{s.sessionKey(at.id)},
			record, left.Milliseconds()+1, unix(sess.RefreshedAt)).Bool()
		return err
	})
	switch {
	case isWrongType(err):
		s.refuse(at)
		return token, nil
	case err != nil:
		return "", err
	case !written:
		s.cache.Drop(host, token)
		return token, nil
	}
	s.cache.Put(host, token, sess, s.now())
	if err := s.index(ctx, at.id, sess); err != nil {
		// It is found by its token all the same, and indexed when saved again.
		s.log(slog.LevelWarn, "a session could not be indexed: it is missing from lists", slog.Any("error", err))
	}
	return token, nil
}

// replace writes a record where there is one of our version, no more recently
// refreshed. Comparing and writing are one step: two replicas may save at once.
var replace = redis.NewScript(`
local refreshed = string.match(redis.call('GETRANGE', KEYS[1], 0, 63), '^` + recordVersion + ` (%d+) ')
if not refreshed or tonumber(refreshed) > tonumber(ARGV[3]) then
	return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

// Delete removes the session and marks it, so that no copy that a request of
// this process is just reading comes back into its cache.
func (s *Store) Delete(ctx context.Context, host, token string) error {
	at, ok := s.locate(host, token)
	if !ok {
		return nil
	}
	found, err := s.Load(ctx, host, token)
	if err != nil {
		return err
	}
	err = s.client.call(ctx, "delete", func(ctx context.Context) error {
		replies, err := s.client.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Del(ctx, s.sessionKey(at.id))
			if found != nil {
				for _, key := range s.indexes(found) {
					pipe.ZRem(ctx, key, at.id)
				}
			}
			return nil
		})
		if len(replies) > 0 { // the index is for lists only
			return replies[0].Err()
		}
		return err
	})
	if err != nil {
		return err
	}
	s.cache.Drop(host, token)
	if found != nil {
		s.Marks.Add(s.now(), session.MarkSession(s.Keyring, found, s.Limits))
	}
	return nil
}

// Missing counts tokens of the right form that no record was found for: sessions
// that Redis has lost, evicted or ended, and made-up tokens.
func (s *Store) Missing() int64 { return s.missing.Load() }

// Invalid counts records that did not open: under another key of ours, or not
// written by us.
func (s *Store) Invalid() int64 { return s.invalid.Load() }

// alive is the session, unless it is over.
func (s *Store) alive(sess *session.Session) *session.Session {
	if s.Limits.Expired(sess, s.now()) || s.Marks.Ended(sess, s.Keyring) {
		return nil
	}
	return sess
}

// kept is until when Redis keeps a session that is not used again.
func (s *Store) kept(sess *session.Session) time.Time {
	ends := s.Limits.Ends(sess)
	if remembered := sess.Remember && s.Limits.Remember > 0; s.Limits.Idle > 0 && !remembered {
		if idle := sess.UsedAt.Add(s.Limits.Idle); idle.Before(ends) {
			return idle
		}
	}
	return ends
}

func (s *Store) refuse(at locator) {
	s.invalid.Add(1)
	s.log(slog.LevelWarn, "a session's record in redis has another type: it is taken for no session; "+
		"does something else write to these keys?", slog.String("key", s.sessionKey(at.id)))
}

func (s *Store) log(level slog.Level, message string, attrs ...slog.Attr) {
	if s.Logger != nil {
		s.Logger.LogAttrs(context.Background(), level, message, attrs...)
	}
}

func (s *Store) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Store) sessionKey(id string) string { return s.client.prefix + "session:" + id }

// isWrongType: what lies there was not put there by us. Scripts wrap the answer
// in words of their own.
func isWrongType(err error) bool { return err != nil && strings.Contains(err.Error(), "WRONGTYPE ") }
