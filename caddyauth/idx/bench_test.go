package idx

import (
	"os"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// BenchmarkPage is what a page costs here: reading the answer and flattening its
// forms. With recorded answers it is the mean of them all.
func BenchmarkPage(b *testing.B) {
	answers := map[string][]byte{"": []byte(withFields(choices))}
	if os.Getenv("IDX_CORPUS") != "" {
		answers = rig.Corpus(b)
	}
	var all [][]byte
	size := 0
	for _, a := range answers {
		all = append(all, a)
		size += len(a)
	}
	b.SetBytes(int64(size / len(all)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r, err := Decode(all[i%len(all)])
		if err != nil {
			b.Fatal(err)
		}
		for _, rem := range r.Remediations {
			rem.Forms()
		}
	}
}

// BenchmarkSubmit is what a post costs here.
func BenchmarkSubmit(b *testing.B) {
	r, err := Decode([]byte(withFields(choices)))
	if err != nil {
		b.Fatal(err)
	}
	rem := r.Remediations[0]
	posted := plausible(rem.Forms()[4])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rem.Fill(posted); err != nil {
			b.Fatal(err)
		}
	}
}
