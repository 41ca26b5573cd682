package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// Where a server ends each connection, the client says only that time is over; why,
// the last connection knows, until there is an answer.
func TestWhatEndsEachConnectionIsTold(t *testing.T) {
	var l lastError
	over := fmt.Errorf("ping: %w", context.DeadlineExceeded)
	if err := l.explain(over); err != over {
		t.Errorf("before anything ended: %v", err)
	}
	l.note(io.EOF)
	l.note(fmt.Errorf("read: %w", os.ErrDeadlineExceeded))
	l.note(net.ErrClosed)
	if err := l.explain(over); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "is tls set") {
		t.Errorf("after an end: %v", err)
	}
	refused := errors.New("connection refused")
	if err := l.explain(refused); err != refused {
		t.Errorf("what says enough by itself: %v", err)
	}
	l.forget()
	if err := l.explain(over); err != over {
		t.Errorf("after an answer: %v", err)
	}
}
