package okta

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Claims that are taken are those that any JSON reader would take, so that no
// two parts of the program see two users in one token.
func FuzzDecodeClaims(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"sub":"a"}`, `{"sub":"a","sub":"b"}`, `{"a":{"b":1,"b":2}}`, `{"a":[1e300,-0,null,true]}`, `[]`, `null`, ``, `{"a":1}{}`, `{"a":1} x`, `{"\u0073ub":"a","sub":"b"}`, "{\"a\":\"\xff\"}", `{"a"`, `{"a":1,}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeClaims(func(v any) error { return json.Unmarshal(data, v) })
		if err != nil {
			if got != nil {
				t.Errorf("%q: claims %v beside the error", data, got)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want Claims
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q: taken, but %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", data, diff)
		}
	})
}
