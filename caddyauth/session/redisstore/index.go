package redisstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// The index is sorted sets of session ids by time of creation: one of everybody,
// and one for each subject, login and e-mail address, named by a keyed hash. It
// serves lists only. No command spans two keys, so that all works in a Cluster;
// an entry whose session has gone is removed when a list meets it, or by its age.

// pageSize is how many index entries are looked at in one exchange.
const pageSize = 200

// indexes are the sorted sets that a session stands in.
func (s *Store) indexes(sess *session.Session) []string {
	keys := []string{s.indexKey("all")}
	for _, who := range []session.Who{
		{Kind: session.BySubject, Value: sess.Subject, Issuer: sess.Issuer},
		{Kind: session.ByLogin, Value: sess.Login},
		{Kind: session.ByEmail, Value: sess.Email},
	} {
		if who.Value != "" {
			keys = append(keys, s.userKeys(who)[0])
		}
	}
	return keys
}

// index enters a session that was just written.
func (s *Store) index(ctx context.Context, id string, sess *session.Session) error {
	entry := redis.Z{Score: float64(unix(sess.CreatedAt)), Member: id}
	return s.client.call(ctx, "index", func(ctx context.Context) error {
		_, err := s.client.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, key := range s.indexes(sess) {
				pipe.ZAdd(ctx, key, entry)
				pipe.ZRemRangeByScore(ctx, key, "-inf", strconv.FormatInt(unix(s.now().Add(-s.Limits.Longest())), 10))
				pipe.PExpire(ctx, key, s.Limits.Longest())
			}
			return nil
		})
		return err
	})
}

// List returns sessions by what their records say in clear.
func (s *Store) List(ctx context.Context, who *session.Who, limit int) (infos []session.Info, more bool, err error) {
	seen := map[string]bool{}
	for _, key := range s.keysOf(who) {
		// One more than asked for, from each: the newest of all are among them.
		room := limit + 1
		err := s.walk(ctx, key, func(id string, h head) bool {
			if h.is(who) && !seen[id] {
				seen[id] = true
				infos = append(infos, session.Info{Handle: h.handle, Site: h.site, CreatedAt: h.created, UsedAt: h.used, EndsAt: h.ends})
				room--
			}
			return room > 0
		})
		if err != nil {
			return nil, false, err
		}
	}
	slices.SortStableFunc(infos, func(a, b session.Info) int { return b.CreatedAt.Compare(a.CreatedAt) })
	if more = len(infos) > limit; more {
		infos = infos[:limit]
	}
	return infos, more, nil
}

// keysOf are the indexes that who's sessions stand in.
func (s *Store) keysOf(who *session.Who) []string {
	if who == nil || who.Kind == session.Everybody || who.Kind == session.BySession {
		return []string{s.indexKey("all")}
	}
	return s.userKeys(*who)
}

// is tells whether a session found in who's index is meant.
func (h head) is(who *session.Who) bool {
	return who == nil || who.Kind != session.BySession || who.Value == h.handle
}

// walk calls visit with the sessions of an index, newest first, until it returns
// false. Entries without a session are removed.
func (s *Store) walk(ctx context.Context, key string, visit func(id string, h head) bool) error {
	for start := int64(0); ; {
		var ids, heads []string
		err := s.client.call(ctx, "list", func(ctx context.Context) (err error) {
			if ids, err = s.client.redis.ZRevRange(ctx, key, start, start+pageSize-1).Result(); err != nil || len(ids) == 0 {
				return err
			}
			heads, err = s.heads(ctx, ids)
			return err
		})
		if isWrongType(err) || err == nil && len(ids) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var gone []any
		open := true
		for i, id := range ids {
			switch h, ok := parseHead(heads[i]); {
			case heads[i] == "":
				gone = append(gone, id)
			case ok && open && h.ends.After(s.now()) && !s.Marks.EndedNames(strings.Split(h.marks, ","), h.created):
				open = visit(id, h)
			}
		}
		if len(gone) > 0 {
			err := s.client.call(ctx, "list", func(ctx context.Context) error { return s.client.redis.ZRem(ctx, key, gone...).Err() })
			if err != nil {
				return err
			}
		}
		if !open || len(ids) < pageSize {
			return nil
		}
		start += int64(len(ids) - len(gone))
	}
}

// heads are the first lines of records, "" for one that is not there.
func (s *Store) heads(ctx context.Context, ids []string) ([]string, error) {
	replies, err := s.client.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, id := range ids {
			pipe.GetRange(ctx, s.sessionKey(id), 0, maxHead)
		}
		return nil
	})
	heads := make([]string, len(ids))
	for i, reply := range replies {
		head, replyErr := reply.(*redis.StringCmd).Result()
		if replyErr != nil && !isWrongType(replyErr) {
			return nil, errors.Join(replyErr, err)
		}
		heads[i] = head
	}
	return heads, nil
}

// indexKey names one of the application's sorted sets.
func (s *Store) indexKey(name string) string {
	app := sha256.Sum256([]byte(s.Name))
	return s.client.prefix + "index:" + strict.EncodeToString(app[:12]) + ":" + name
}

// userKeys name the index of a user under each of our keys, the newest first.
func (s *Store) userKeys(who session.Who) []string {
	value := strings.ToLower(who.Value)
	if who.Kind == session.BySubject {
		value = who.Issuer + "\n" + who.Value
	}
	var keys []string
	for _, hash := range s.Keyring.Hashers() {
		keys = append(keys, s.indexKey(string(who.Kind)+":"+hash("redis index "+string(who.Kind), value)))
	}
	return keys
}
