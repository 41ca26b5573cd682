package redisstore

import "time"

// SetLeaseTTL makes leases short, for tests of what happens when they end.
func (s *Store) SetLeaseTTL(ttl time.Duration) { s.leaseTTL = ttl }

// SessionKey is where the session of a token lies.
func (s *Store) SessionKey(host, token string) string {
	at, _ := s.locate(host, token)
	return s.sessionKey(at.id)
}

// IdleConns is how many connections wait in the pool.
func (c *Client) IdleConns() int { return int(c.redis.PoolStats().IdleConns) }
