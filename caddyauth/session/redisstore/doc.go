// Package redisstore keeps sessions in Redis: one server, Sentinel or Cluster.
//
// It owns the connection (Config, Client), what a session looks like in Redis
// (Store), which replica of ours may refresh it (a lease) and how replicas tell
// each other which sessions ended early (Journal). It is the only importer of
// go-redis.
//
// It believes nothing that Redis says. The token in the browser's cookie is 256
// random bits that Redis never sees; the record's key there and the key that the
// record is sealed with both follow from it, the latter from our keyring too. So
// who reads Redis, or a copy of it, gets no session; and a record that lies under
// another key, or comes in reply to another question, does not open.
//
// What somebody who writes to Redis can do: end sessions, and put back an older
// record of a session under its own key. Such a record lives no longer for it:
// limits, marks and Okta's answer to the refresh token in it count as before.
//
// Loading a session writes nothing, and no call waits for Redis longer than
// Config.Timeout.
package redisstore
