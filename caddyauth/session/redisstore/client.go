package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// go-redis writes lines of its own to the standard error, among the server's, which
// may be JSON. What they say is in the errors too.
func init() { logging.Disable() }

// Client talks to Redis. Stores and journals of one Config share it.
type Client struct {
	redis   redis.UniversalClient
	prefix  string
	master  string // what the Sentinels call it
	cluster bool
	timeout time.Duration
	breaker breaker
	ended   *lastError
}

// New checks the config and reads its files. It connects to nothing: a Redis
// that is down keeps no server from starting.
func New(config Config) (*Client, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	secure, err := config.tlsConfig()
	if err != nil {
		return nil, err
	}
	ended := new(lastError)
	return &Client{
		redis: redis.NewUniversalClient(&redis.UniversalOptions{
			Addrs:            config.Addresses,
			MasterName:       config.MasterName,
			IsClusterMode:    config.Cluster,
			Username:         config.Username,
			Password:         config.Password,
			SentinelUsername: config.SentinelUsername,
			SentinelPassword: config.SentinelPassword,
			DB:               config.Database,
			Dialer:           newDialer(secure, ended),

			// Nothing is sent on a new connection whose reply nobody waits for. With
			// CLIENT SETINFO, a reply that came late was taken for the answer to the
			// next command (CVE-2025-29923). Plain RESP2 has no messages in between
			// either, so whatever lies unread on an idle connection condemns it.
			DisableIdentity:          true,
			Protocol:                 2,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},

			// The context's deadline bounds a call. Within it, what a failover or a
			// restart answers (READONLY, LOADING, MOVED, a closed connection) is
			// tried again for about half a second.
			ContextTimeoutEnabled: true,
			DialTimeout:           config.DialTimeout,
			DialerRetries:         1,
			ReadTimeout:           config.ReadTimeout,
			WriteTimeout:          config.ReadTimeout,
			PoolTimeout:           config.Timeout,
			PoolSize:              config.PoolSize,
			PipelinePoolSize:      -1,
			MaxRetries:            retries(config, 5),
			MaxRedirects:          5,
			MinRetryBackoff:       10 * time.Millisecond,
			MaxRetryBackoff:       200 * time.Millisecond,
		}),
		prefix:  config.KeyPrefix,
		master:  config.MasterName,
		cluster: config.Cluster,
		timeout: config.Timeout,
		ended:   ended,
	}, nil
}

// retries of a command on its connection's server. A Cluster's client repeats
// it by itself, on another node where that helps.
func retries(config Config, n int) int {
	if config.Cluster {
		return -1
	}
	return n
}

// Close ends all connections. Calls fail from then on.
func (c *Client) Close() error { return c.redis.Close() }

// Ping reports whether Redis answers, for a readiness check.
func (c *Client) Ping(ctx context.Context) error {
	return c.call(ctx, "ping", func(ctx context.Context) error { return c.redis.Ping(ctx).Err() })
}

// call bounds one exchange with Redis. An absent value (redis.Nil) is no error.
func (c *Client) call(ctx context.Context, what string, exchange func(context.Context) error) error {
	// A request that is over must not be taken for one that found nothing.
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redis: %s: %w", what, err)
	}
	done, ok := c.breaker.enter()
	if !ok {
		return fmt.Errorf("redis: %s: %w", what, errSilent)
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := exchange(bounded)
	switch {
	case err == redis.Nil: // as it is; what is wrapped is no reply to our command
		err = nil
	case errors.Is(err, redis.Nil):
		// Sentinels without an answer. Taken for a value that is absent, everybody
		// were signed out, and nothing saved without an error.
		err = fmt.Errorf("the Sentinels know no master_name %q", c.master)
	case redis.HasErrorPrefix(err, "MOVED") && !c.cluster:
		err = fmt.Errorf("%w: it is a node of a Cluster: add `cluster`", err)
	}
	var reply redis.Error
	switch answered := err == nil || errors.As(err, &reply); {
	case answered:
		done(worked)
		c.ended.forget()
	case ctx.Err() != nil, errors.Is(err, redis.ErrPoolTimeout):
		// The caller gave up, or waited for a connection of ours: that says nothing
		// about Redis.
		done(unknown)
	default:
		done(failed)
		err = c.ended.explain(err)
	}
	if err != nil {
		return fmt.Errorf("redis: %s: %w", what, err)
	}
	return nil
}
