package session

import "context"

// Journal is where processes share marks. What stands in one is trusted: it ends
// sessions and can do nothing else.
type Journal interface {
	// Publish makes a mark known to whoever asks from now on.
	Publish(ctx context.Context, m Mark) error
	// Since returns the marks that were published after cursor, and the next
	// cursor. "" is the beginning: all that are in force. A mark may come twice;
	// a cursor that the journal does not know (any more) is the beginning too.
	Since(ctx context.Context, cursor string) (marks []Mark, next string, err error)
}
