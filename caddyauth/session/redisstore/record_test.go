package redisstore

import (
	"testing"
	"time"
)

// Whatever stands in Redis: reading it neither panics nor makes a head that would
// be written differently.
func FuzzHead(f *testing.F) {
	f.Add(head{created: time.Unix(1, 0), used: time.Unix(2, 0), ends: time.Unix(3, 0), handle: "h", site: "https://app.example.com"}.String() + "\nsealed")
	f.Add("1 0 0 0 0  ")
	f.Add("2 1 1 1 1 h s")
	f.Fuzz(func(t *testing.T, data string) {
		h, ok := parseHead(data)
		if !ok {
			return
		}
		if again, ok := parseHead(h.String() + "\n" + data); !ok || again != h {
			t.Errorf("%+v became %+v", h, again)
		}
	})
}
