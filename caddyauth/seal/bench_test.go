package seal_test

import (
	"bytes"
	"testing"
)

// The size of a session of a user with a few groups.
var benchPlaintext = bytes.Repeat([]byte("x"), 600)

func BenchmarkOpen(b *testing.B) {
	k := keyring(b, secretA)
	sealed := k.Seal(here, benchPlaintext)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := k.Open(here, sealed); !ok {
			b.Fatal("refused")
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k := keyring(b, secretA)
	b.ReportAllocs()
	for b.Loop() {
		k.Seal(here, benchPlaintext)
	}
}

func BenchmarkHash(b *testing.B) {
	k := keyring(b, secretA)
	b.ReportAllocs()
	for b.Loop() {
		k.Hash("log", "ada@example.com")
	}
}
