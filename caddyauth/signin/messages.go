package signin

import (
	"slices"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// said is a message that has to be shown exactly once: with the field that it is
// about where there is one, else on top of the page.
type said struct {
	Message
	path string // of the field; "" when it is about the whole page
}

// gatherMessages collects what there is to say: Okta's, and what is kept from
// the last post. Where Okta's last answer is a refusal that still stands, the
// kept ones are its own, unless a later post had another end.
func (b *pageBuilder) gatherMessages() {
	var kept, theirs []said
	for _, n := range b.tx.Notes {
		text := n.Text
		if n.Own {
			text = b.Say(n.Text, n.With...)
		}
		kept = append(kept, said{Message{Class: class(n.Class), Key: n.Key, Text: text}, n.Path})
	}
	for _, m := range b.messagesOfOkta() {
		theirs = append(theirs, said{b.message(m), m.Path})
	}
	if b.answer.Rejected() && len(kept) > 0 && !overlap(kept, theirs) {
		theirs = nil
	}
	seen := map[identity]bool{}
	for _, m := range append(theirs, kept...) {
		if id := m.identity(); m.Text != "" && !seen[id] && len(b.pending) < maxMessages {
			seen[id] = true
			b.pending = append(b.pending, m)
		}
	}
}

// maxMessages of an answer are shown; the most that is known is 16.
const maxMessages = 200

// identity is what makes two messages one: Okta says some twice, and what is kept
// of one over a redirect is cut short.
func (m said) identity() identity {
	return identity{m.path, m.Key, truncate(m.Text, maxNoteText)}
}

type identity struct{ path, key, text string }

// messagesOfOkta are the answer's, but for those that parts of the page show.
func (b *pageBuilder) messagesOfOkta() []idx.Message {
	all := b.answer.AllMessages()
	a := b.answer.Assurance()
	if a == nil {
		return all
	}
	var shown []idx.Message
	for _, m := range append([]idx.Message{a.Title, a.Explanation}, a.Others...) {
		if m.Text != "" || m.Key != "" {
			shown = append(shown, m)
		}
	}
	for _, m := range all {
		if m.Path != "" {
			shown = append(shown, m)
		}
	}
	return shown
}

// message is one of Okta's, ready to show.
func (b *pageBuilder) message(m idx.Message) Message {
	out := Message{Class: class(m.Class), Key: m.Key, Text: m.Text}
	if out.Text == "" {
		out.Text = m.Key // better than nothing at all
	}
	for _, l := range m.Links {
		if b.tellsState(l.URL) {
			continue
		}
		if l.Label == "" && len(m.Links) == 1 {
			out.Href = l.URL
			continue
		}
		if l.Label == "" {
			l.Label = hostOf(l.URL)
		}
		out.Links = append(out.Links, Link{URL: l.URL, Label: l.Label})
	}
	return out
}

// messagesAbout takes the messages about a field out of those without a place.
func (b *pageBuilder) messagesAbout(path string) []Message {
	return b.place(func(m said) bool { return m.path == path })
}

// restOfMessages are those about the page, and about fields that it has not.
func (b *pageBuilder) restOfMessages() []Message {
	return b.place(func(said) bool { return true })
}

func (b *pageBuilder) place(here func(said) bool) []Message {
	var placed []Message
	var rest []said
	for _, m := range b.pending {
		if here(m) {
			placed = append(placed, m.Message)
		} else {
			rest = append(rest, m)
		}
	}
	b.pending = rest
	return placed
}

func overlap(kept, theirs []said) bool {
	known := map[identity]bool{}
	for _, m := range theirs {
		known[m.identity()] = true
	}
	return slices.ContainsFunc(kept, func(m said) bool { return known[m.identity()] })
}
