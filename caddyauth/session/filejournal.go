package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Files is the storage of a FileJournal, with slashes in keys as in paths.
type Files interface {
	Store(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
	// List returns the keys that begin with prefix and a slash. Where there are
	// none, fs.ErrNotExist is as good as an empty list.
	List(ctx context.Context, prefix string) ([]string, error)
}

// FileJournal is a Journal of one file a mark, in a storage that several
// processes share. All that a mark says is in its file's name, so that a poll is
// one listing, no clocks are compared, and a file that was written in part is as
// good as a whole one; the text in it is for people.
//
// Marks are not signed: whoever can write the storage can read the keys that are
// kept there, or ends every session by removing them. The names tell a reader of
// the storage when somebody was signed out, and by keyed hash only, who.
type FileJournal struct {
	Files  Files
	Prefix string // of all keys, without a slash at its end
	// Logger is told of files that are no marks, once a file; nil means
	// slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu    sync.Mutex
	polls int              // the cursor is the number of a poll
	seen  map[string]int64 // the names in the last one, and when each goes; seconds
}

var _ Journal = (*FileJournal)(nil)

const (
	// markSpare is how long a file is kept beyond its mark's end, for processes
	// whose clock is behind.
	markSpare = time.Hour
	// maxDeletes bounds what one poll cleans up.
	maxDeletes = 100
)

// Publish writes the mark's file.
func (j *FileJournal) Publish(ctx context.Context, m Mark) error {
	name, ok := fileName(m)
	if !ok {
		return fmt.Errorf("mark %q: its name cannot be a file's", m.Name)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("mark %q: %w", m.Name, err)
	}
	if err := j.Files.Store(ctx, j.Prefix+"/"+name, text); err != nil {
		return fmt.Errorf("writing a mark: %w", err)
	}
	return nil
}

// Since lists the files, returns the marks of those that the poll at cursor had
// not seen, and removes some that have ended.
func (j *FileJournal) Since(ctx context.Context, cursor string) (marks []Mark, next string, err error) {
	keys, err := j.Files.List(ctx, j.Prefix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cursor, fmt.Errorf("listing marks: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	known := j.seen
	if cursor == "" || cursor != strconv.Itoa(j.polls) {
		known = nil
	}
	seen, now, deletes := make(map[string]int64, len(keys)), j.now(), 0
	for _, key := range keys {
		name := path.Base(key)
		gone, old := known[name]
		if !old {
			m, ok := parseFileName(name)
			if _, warned := j.seen[name]; !ok && !warned {
				j.logger().Warn("a file among the marks is none of ours and is ignored", "key", key)
			}
			if gone = math.MaxInt64; ok {
				gone = m.Ends.Add(markSpare).Unix()
				marks = append(marks, m)
			}
		}
		if now.Unix() < gone {
			seen[name] = gone
		} else if deletes++; deletes <= maxDeletes {
			// Another process may be doing the same, and a storage that cannot
			// delete can still be read: what fails is tried again.
			_ = j.Files.Delete(ctx, key)
		}
	}
	j.polls++
	j.seen = seen
	return marks, strconv.Itoa(j.polls), nil
}

// fileName is END.BEFORE.KIND.HASH, in milliseconds since 1970; Before is rounded
// up, so that it still covers what it covered.
func fileName(m Mark) (name string, ok bool) {
	kind, hash, _ := strings.Cut(m.Name, ":")
	if !isWord(kind) || !isWord(hash) {
		return "", false
	}
	before := m.Before.Add(time.Millisecond - 1).UnixMilli()
	return fmt.Sprintf("%d.%d.%s.%s", m.Ends.UnixMilli(), before, kind, hash), true
}

func parseFileName(name string) (Mark, bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 4 || !isWord(parts[2]) || !isWord(parts[3]) {
		return Mark{}, false
	}
	ends, err1 := strconv.ParseInt(parts[0], 10, 64)
	before, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return Mark{}, false
	}
	return Mark{Name: parts[2] + ":" + parts[3], Before: time.UnixMilli(before).UTC(), Ends: time.UnixMilli(ends).UTC()}, true
}

// isWord tells whether s consists of what a keyed hash and a kind consist of. It
// is safe as a part of a file's name everywhere.
func isWord(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (j *FileJournal) logger() *slog.Logger {
	if j.Logger == nil {
		return slog.Default()
	}
	return j.Logger
}

func (j *FileJournal) now() time.Time {
	if j.Now == nil {
		return time.Now()
	}
	return j.Now()
}
