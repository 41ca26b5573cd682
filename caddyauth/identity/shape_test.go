package identity_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// No text that an operator may write makes the compiler panic, and what it lets
// pass renders within bounds, whoever the user is.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"{claim.groups|filter(app-*)|map(app-a=A, *=B)|join(;)}", "{claim.sub | replace('^(.)(.*)$', '${2}$1') | upper}",
		`ACME\{claim.preferred_username|local_part|lower}`, "{claim.groups|choose('it''s'=x, *=y)}", "{token.access|base64}-{token.id|max(9)}",
		"{claim.name|latin1}", "{claim.name|rfc8187}{claim.sub|percent}", "{claim.groups|json}", "{claim.a|split(,)|first|base64url}",
		"{claim.name|prefix(')}", "{env.X}", "{claim.groups|join(", "{|}", "static", "{claim.name|lower(}", "{claim.\x00|lower}",
	} {
		f.Add(seed, "Ada\r\n\x00{claim.sub}", "a,b;c")
	}
	f.Fuzz(func(t *testing.T, value, a, b string) {
		if len(value) > 500 || len(a)+len(b) > 20000 {
			return
		}
		for _, d := range []identity.Definition{
			{Name: "X-A", Value: value}, {Name: "X-A", Value: value, Delimiter: "; "}, {Name: "a", Value: value, Cookie: true},
			identity.Basic(value, value),
		} {
			h, err := identity.Compile([]identity.Definition{d})
			if err != nil {
				if err.Error() == "" {
					t.Error("an error without words")
				}
				continue
			}
			u := identity.User{
				Claims:      map[string]any{"name": a, "sub": b, "groups": []any{a, b, "app-a", nil, 7.5}, "a": a + "," + b},
				AccessToken: a, IDToken: b,
			}
			fields, _ := h.RenderUser(u)
			for _, field := range fields {
				v := field.Value
				if v == "" || len(v) > identity.MaxValue || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
					t.Errorf("%q gives %q", value, v)
				}
				if !utf8.ValidString(v) && !strings.Contains(value, "latin1") {
					t.Errorf("%q gives %q", value, v)
				}
				if field.Cookie && strings.ContainsAny(v, " ;,\"\\") {
					t.Errorf("%q gives the cookie %q", value, v)
				}
			}
		}
	})
}

// program is a value and, by a second hand, what it does to a list.
type program struct {
	value string
	run   []func([]string) []string
}

// write makes a program of bytes: each chooses a function.
func write(code []byte) program {
	words := []string{"app-a", "app-b", "Staff", "x"}
	p := program{value: "{claim.c"}
	for _, c := range code {
		word, other := words[c>>3&3], words[c>>5&3]
		switch c & 7 {
		case 0:
			p.add("|lower", eachOf(func(s string) string { return asciiCase(s, 'A', 'Z', 'a'-'A') }))
		case 1:
			p.add("|upper", eachOf(func(s string) string { return asciiCase(s, 'a', 'z', -('a' - 'A')) }))
		case 2:
			p.add("|prefix("+word+")", eachOf(func(s string) string { return word + s }))
		case 3:
			p.add("|filter('"+word+"*', *"+other+")", func(in []string) (out []string) {
				for _, s := range in {
					if strings.HasPrefix(s, word) || strings.HasSuffix(s, other) {
						out = append(out, s)
					}
				}
				return out
			})
		case 4:
			p.add("|map("+word+"=one, *p-*="+other+", *=rest)", func(in []string) (out []string) {
				for _, s := range in {
					to := "rest"
					if s == word {
						to = "one"
					} else if strings.Contains(s, "p-") {
						to = other
					}
					if !slices.Contains(out, to) {
						out = append(out, to)
					}
				}
				return out
			})
		case 5:
			p.add("|replace('[aS]', '<$0>')", eachOf(func(s string) string {
				return regexp.MustCompile("a|S").ReplaceAllStringFunc(s, func(m string) string { return "<" + m + ">" })
			}))
		case 6:
			p.add("|split(-)", func(in []string) []string {
				return slices.DeleteFunc(strings.Split(strings.Join(in, "-"), "-"), func(s string) bool { return s == "" })
			})
		case 7:
			p.add("|max("+string('1'+c>>3&3)+")", func(in []string) []string {
				return slices.DeleteFunc(slices.Clone(in), func(s string) bool { return len(s) > int(1+c>>3&3) })
			})
		}
	}
	p.value += "}"
	return p
}

func (p *program) add(text string, f func([]string) []string) {
	p.value += text
	p.run = append(p.run, f)
}

func eachOf(f func(string) string) func([]string) []string {
	return func(in []string) (out []string) {
		for _, s := range in {
			out = append(out, f(s))
		}
		return out
	}
}

func asciiCase(s string, from, to byte, by int) string {
	out := []byte(s)
	for i, c := range out {
		if from <= c && c <= to {
			out[i] = byte(int(c) + by)
		}
	}
	return string(out)
}

// Functions one after the other do what each is said to do.
func FuzzShape(f *testing.F) {
	f.Add([]byte{0, 9, 18, 27, 36, 45, 54, 63}, "app-a|Staff|app-b|x")
	f.Add([]byte{3, 4}, "app-a|app-a||Everyone")
	f.Add([]byte{6, 5, 2, 7}, "a-b-c|-|A")
	f.Fuzz(func(t *testing.T, code []byte, claim string) {
		if len(code) > 6 || len(claim) > 200 || strings.ContainsFunc(claim, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return
		}
		p := write(code)
		items := strings.Split(claim, "|")
		h, err := identity.Compile([]identity.Definition{{Name: "X-A", Value: p.value, Delimiter: "|"}})
		if err != nil {
			t.Fatalf("%s: %v", p.value, err)
		}
		want := slices.DeleteFunc(slices.Clone(items), func(s string) bool { return s == "" })
		for _, run := range p.run {
			want = run(want)
		}
		fields, _ := h.Render(map[string]any{"c": items})
		got := ""
		for _, field := range fields {
			got = field.Value
		}
		if joined := strings.Join(want, "|"); got != joined && len(joined) <= identity.MaxValue {
			t.Errorf("%s of %q: %q, want %q", p.value, items, got, joined)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q", got)
		}
	})
}
