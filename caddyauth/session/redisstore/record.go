package redisstore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// The value of a session's key is two lines:
//
//	1 REFRESHED CREATED USED ENDS HANDLE MARKS SITE
//	the session, sealed
//
// The first, in clear, is what administration lists and what scripts compare:
// times in Unix seconds (CREATED in milliseconds), the session's handle, the
// keyed hashes that marks name it and its user by, the host. It is believed for
// nothing else. Its first word is the version; during an upgrade a record of an
// unknown version is no session.
const recordVersion = "1"

const (
	// maxHead is the most that is read of a record for its first line.
	maxHead = 512
	// maxRecord is the longest value that is written, and the most that is read.
	maxRecord = maxHead + seal.MaxSealed
)

// head is the first line of a record.
type head struct {
	refreshed, created, used, ends time.Time
	handle, site                   string
	marks                          string // the names of those that can end it, with commas between
}

func (h head) String() string {
	return fmt.Sprintf("%s %d %d %d %d %s %s %s", recordVersion,
		unix(h.refreshed), milliseconds(h.created), unix(h.used), unix(h.ends), h.handle, h.marks, h.site)
}

// parseHead reads the first line of a record, or of the beginning of one.
func parseHead(data string) (head, bool) {
	line, _, _ := strings.Cut(data, "\n")
	fields := strings.SplitN(line, " ", 8)
	if len(fields) != 8 || fields[0] != recordVersion {
		return head{}, false
	}
	var times [4]time.Time
	for i := range times {
		seconds, err := strconv.ParseInt(fields[1+i], 10, 64)
		if err != nil {
			return head{}, false
		}
		times[i] = time.Unix(seconds, 0).UTC()
		if i == 1 {
			times[i] = time.UnixMilli(seconds).UTC()
		}
	}
	return head{refreshed: times[0], created: times[1], used: times[2], ends: times[3], handle: fields[5], marks: fields[6], site: fields[7]}, true
}

// milliseconds is unix, as marks compare it.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// unix is 0 for no time at all, which would be before everything otherwise.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// write makes the record of a session.
func (s *Store) write(at locator, host string, sess *session.Session) (record string, err error) {
	data, err := session.Marshal(sess)
	if err != nil {
		return "", err
	}
	first := head{
		refreshed: sess.RefreshedAt, created: sess.CreatedAt, used: sess.UsedAt, ends: s.Limits.Ends(sess),
		handle: session.Handle(s.Keyring, sess.ID), site: host,
		marks: strings.Join(session.MarkNames(s.Keyring, sess), ","),
	}.String()
	sealed := at.ring.Seal(at.bind, data)
	if len(first) >= maxHead || len(sealed) > seal.MaxSealed {
		return "", fmt.Errorf("redis: the session is too large: %d bytes sealed, at most %d; it holds the claims that headers, rules and placeholders use, and tokens", len(sealed), seal.MaxSealed)
	}
	return first + "\n" + sealed, nil
}

// read opens a record; false for anything that write did not make for this very
// place.
func (at locator) read(record string) (*session.Session, bool) {
	if len(record) > maxRecord {
		return nil, false
	}
	data, ok := at.ring.Open(at.bind, record[strings.LastIndexByte(record, '\n')+1:])
	if !ok {
		return nil, false
	}
	return session.Unmarshal(data)
}
