package sessiontest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Limits are the ones that the store under test must have, on the wall clock.
var Limits = session.Limits{Lifetime: 12 * time.Hour, Idle: time.Hour, Remember: 7 * 24 * time.Hour}

// Host is where the suite's sessions are good, OtherHost where they are not.
const (
	Host      = "https://app.example.com"
	OtherHost = "https://admin.example.com"
)

// Opened is a store under test, with what it was given.
type Opened struct {
	Store   session.Store
	Marks   *session.Marks // the list that the store looks at
	Keyring *seal.Keyring  // the one that names sessions in marks and handles
}

// Keyring returns a keyring of one fixed secret.
func Keyring(t testing.TB) *seal.Keyring {
	t.Helper()
	ring, err := seal.New("a secret for the tests of the session stores")
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// New returns a session that was just made, with every field set and with what
// stores tend to lose: nested claims, claims that are nil, characters beyond
// ASCII.
func New(subject string) *session.Session {
	now := time.Now().UTC().Truncate(time.Second)
	return &session.Session{
		ID: session.NewID(), Issuer: "https://acme.okta.com/oauth2/default",
		Subject: subject, Login: "Zoë." + subject + "@example.com", Email: subject + "@example.com",
		Claims: map[string]any{
			"groups":         []any{"Everyone", "Rechts & <Steuern>", "営業"},
			"email_verified": true,
			"address":        map[string]any{"country": "NL"},
			"name":           nil, // asked for, and not had
		},
		CreatedAt: now, UsedAt: now, AuthTime: now.Add(-time.Minute),
		RefreshToken: "refresh-" + subject, TokenExpiresAt: now.Add(time.Hour), RefreshedAt: now.Add(-time.Second),
		AccessToken: "access-" + subject, IDToken: "id-" + subject,
		AtOkta: true, Remember: true,
	}
}

// WithGroups returns a session such as most are: eight claims, one of them a
// list of n groups, no tokens.
func WithGroups(subject string, n int) *session.Session {
	now := time.Now().UTC().Truncate(time.Second)
	groups := make([]any, n)
	for i := range groups {
		groups[i] = fmt.Sprintf("Department %d Staff", i)
	}
	email := subject + "@example.com"
	return &session.Session{
		ID: session.NewID(), Issuer: "https://acme.okta.com/oauth2/default",
		Subject: subject, Login: email, Email: email,
		Claims: map[string]any{
			"sub": subject, "preferred_username": email, "email": email, "email_verified": true,
			"name": "Ada King Lovelace", "department": "Analytical Engines", "employeeNumber": "1815-12-10",
			"groups": groups,
		},
		CreatedAt: now, UsedAt: now, AuthTime: now, RefreshedAt: now,
	}
}

// Diff compares two sessions by what they say, not by what they have worked out
// already.
func Diff(want, got *session.Session) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(session.Session{}))
}

// Run tests one store. Each call of open returns an empty one with Limits.
func Run(t *testing.T, open func(t *testing.T) Opened) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Opened)
	}{
		{"what is saved loads", savedLoads},
		{"a token is safe in a cookie and says nothing", tokenIsOpaque},
		{"broken tokens are no session", brokenTokens},
		{"a token is good on its host only", hostsKeepApart},
		{"a save replaces", saveReplaces},
		{"a deleted session is gone", deletedIsGone},
		{"a save after delete brings nothing back", noResurrection},
		{"limits end a session", limitsEnd},
		{"what others hold stays as it is", othersKeepTheirs},
		{"an incomplete session is refused", incompleteIsRefused},
		{"sessions of every size are whole or refused", sizes},
		{"marks end the sessions that they name", marksEnd},
		{"marks leave later sessions alone", marksLeaveLater},
		{"marks made under an old key count", marksOfOldKeys},
		{"a context that ended signs nobody out", endedContext},
		{"many users at once keep apart", manyUsers},
		{"the list tells who is there", listTells},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func save(t *testing.T, o Opened, token string, s *session.Session) string {
	t.Helper()
	token, err := o.Store.Save(t.Context(), Host, token, s)
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	if token == "" {
		t.Fatal("save: no token")
	}
	return token
}

func load(t *testing.T, o Opened, token string) *session.Session {
	t.Helper()
	s, err := o.Store.Load(t.Context(), Host, token)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return s
}
