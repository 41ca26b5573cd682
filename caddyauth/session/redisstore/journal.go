package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

const (
	// overlap is how far back Since reads what it may have read before. After a
	// failover the new master can be without the last marks, and its clock can be
	// behind: what is published then stands before what was read already.
	overlap = time.Minute
	// marksAtOnce is how many marks are read in one exchange.
	marksAtOnce = 1000
)

// Journal is where processes share marks: a stream in Redis. Its cursors are
// Redis' own clock.
//
// A mark that Redis took and then lost, in a failover or when told to evict, is
// known only to the processes that read it before.
type Journal struct {
	client *Client
	key    string
	keep   time.Duration
}

var _ session.Journal = (*Journal)(nil)

// Journal returns the journal of one name. A mark is kept for as long as keep:
// the longest that a session of anybody who shares the journal may last.
func (c *Client) Journal(name string, keep time.Duration) *Journal {
	hashed := sha256.Sum256([]byte(name))
	return &Journal{client: c, key: c.prefix + "journal:" + strict.EncodeToString(hashed[:12]), keep: keep}
}

// Publish makes a mark known. One that was told twice, because the first answer
// was lost, does no harm.
func (j *Journal) Publish(ctx context.Context, m session.Mark) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("redis: publish: %w", err)
	}
	return j.client.call(ctx, "publish", func(ctx context.Context) error {
		now, err := j.client.redis.Time(ctx).Result()
		if err != nil {
			return err
		}
		replies, err := j.client.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.XAdd(ctx, &redis.XAddArgs{
				Stream: j.key, Values: []any{"m", data},
				MinID: strconv.FormatInt(now.Add(-j.keep).UnixMilli(), 10), Approx: true,
			})
			pipe.PExpire(ctx, j.key, j.keep)
			return nil
		})
		if len(replies) > 0 && replies[0].Err() == nil {
			return nil // without its expiry the stream only stays longer
		}
		return err
	})
}

// Since returns the marks that were published after cursor, and those of the
// minute before it again.
func (j *Journal) Since(ctx context.Context, cursor string) (marks []session.Mark, next string, err error) {
	from := "-"
	if at, err := strconv.ParseInt(cursor, 10, 64); err == nil {
		from = strconv.FormatInt(max(0, at-overlap.Milliseconds()), 10)
	}
	for {
		var now time.Time
		var page []redis.XMessage
		err := j.client.call(ctx, "marks", func(ctx context.Context) (err error) {
			// The clock first: what is published after it is for the next time.
			if next == "" {
				if now, err = j.client.redis.Time(ctx).Result(); err != nil {
					return err
				}
			}
			page, err = j.client.redis.XRangeN(ctx, j.key, from, "+", marksAtOnce).Result()
			return err
		})
		if err != nil {
			return nil, "", err
		}
		if next == "" {
			next = strconv.FormatInt(now.UnixMilli(), 10)
		}
		for _, message := range page {
			var m session.Mark
			// What another version wrote is not for us.
			if text, ok := message.Values["m"].(string); ok && json.Unmarshal([]byte(text), &m) == nil && m.Name != "" {
				marks = append(marks, m)
			}
		}
		if len(page) < marksAtOnce {
			return marks, next, nil
		}
		from = "(" + page[len(page)-1].ID
	}
}
