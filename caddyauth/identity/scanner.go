package identity

import (
	"errors"
	"fmt"
	"strings"
)

// scanner reads one placeholder:
//
//	placeholder = "{" name *( "|" function ) "}"
//	function    = word [ "(" [ argument *( "," argument ) ] ")" ]
//	argument    = text / text "=" text    ; the second where a function takes pairs
//	text        = bare / "'" *( any / "''" ) "'"
//
// Spaces may stand between all of these. A bare text ends at , or ) and has no
// quote, brace or parenthesis in it, and the left one of a pair no =. The only
// argument of a function may have a , in it: join(,).
type scanner struct {
	text string
	at   int
}

// errOpen says that the text ended, or another placeholder began, too early.
var errOpen = errors.New("not closed")

func (s *scanner) placeholder(expand func(string) (string, error)) (part, error) {
	s.at++ // the {
	p, err := newPart(strings.TrimSpace(s.until("|{}")), expand)
	if s.peek() != '|' && s.peek() != '}' {
		return part{}, errOpen
	}
	if err != nil {
		return part{}, err
	}
	for s.skip('|') {
		if err := s.function(&p); err != nil {
			if !errors.Is(err, errOpen) {
				err = fmt.Errorf("placeholder %q: %w", s.text[:s.end()], err)
			}
			return part{}, err
		}
	}
	if !s.skip('}') {
		if s.peek() == 0 {
			return part{}, errOpen
		}
		return part{}, fmt.Errorf("placeholder %q: %q after a function: write | before the next, } at the end", s.text[:s.end()], s.text[s.at:s.at+1])
	}
	return p, nil
}

// function reads a function with its arguments and adds it to the part.
func (s *scanner) function(p *part) error {
	name := strings.TrimSpace(s.until("|(){}"))
	if s.peek() == 0 {
		return errOpen
	}
	if p.source() == "" {
		return fmt.Errorf("%s: only a claim or a token can be shaped", name)
	}
	if p.latin1 {
		return fmt.Errorf("%s comes after latin1, which must be the last", name)
	}
	var args arguments
	if s.skip('(') && !s.skip(')') {
		for {
			a, err := s.argument(functions[name])
			if err != nil {
				return err
			}
			args = append(args, a)
			if s.skip(')') {
				break
			}
			s.skip(',') // nothing else ends an argument
		}
	}
	s.space()
	run, err := build(name, args)
	if err != nil {
		return err
	}
	p.steps = append(p.steps, run)
	p.latin1 = name == "latin1"
	p.escaped = p.escaped || name == "percent" || name == "rfc8187"
	return nil
}

func (s *scanner) argument(of function) (a argument, err error) {
	if of.pairs {
		if a.from, err = s.word("=,)"); err != nil {
			return a, err
		}
		if !s.skip('=') {
			return a, fmt.Errorf("the argument %q has no =: write FROM=TO", a.from)
		}
	}
	ends := ",)"
	if of.max == 1 {
		ends = ")"
	}
	a.text, err = s.word(ends)
	return a, err
}

// word reads a text that is in quotes, or bare up to one of ends.
func (s *scanner) word(ends string) (string, error) {
	var word string
	if s.space(); s.skip('\'') {
		var out strings.Builder
		for {
			out.WriteString(s.until("'"))
			if !s.skip('\'') {
				return "", errors.New("a quote ' is not closed")
			}
			if s.peek() != '\'' {
				break
			}
			out.WriteByte('\'')
			s.at++
		}
		word = out.String()
		s.space()
	} else {
		word = strings.TrimSpace(s.until(ends + "'(){}"))
	}
	switch c := s.peek(); {
	case c == 0:
		return "", errors.New("a ) is missing")
	case strings.IndexByte(ends, c) < 0:
		return "", fmt.Errorf("%q in an argument: put the argument in single quotes, and write '' for a quote in it", string(c))
	}
	return word, nil
}

// until reads up to one of the characters, or all that is left.
func (s *scanner) until(ends string) string {
	begin := s.at
	if n := strings.IndexAny(s.text[s.at:], ends); n >= 0 {
		s.at += n
	} else {
		s.at = len(s.text)
	}
	return s.text[begin:s.at]
}

func (s *scanner) space() {
	for s.peek() == ' ' {
		s.at++
	}
}

// skip reads a character if it is the next one.
func (s *scanner) skip(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// peek is the next character, 0 at the end.
func (s *scanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// end is where the placeholder seems to end, for errors.
func (s *scanner) end() int {
	if n := strings.IndexByte(s.text[s.at:], '}'); n >= 0 {
		return s.at + n + 1
	}
	return len(s.text)
}
