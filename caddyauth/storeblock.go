package caddyauth

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// storeBlock reads the block of a store: each subdirective once, with a value as
// its field wants it: *string and *int one, *[]string one or more, *bool none,
// *caddy.Duration a positive one.
func storeBlock(d *caddyfile.Dispenser, fields map[string]any) error {
	d.Next() // the store's name
	if d.NextArg() {
		return d.Errf("unexpected '%s': a store takes a block", d.Val())
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		field, known := fields[name]
		switch {
		case !known:
			return d.Errf("unrecognized subdirective '%s' of this store: there are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[name]:
			return d.Errf("%s already specified", name)
		}
		seen[name] = true
		if err := storeValue(d, name, field, d.RemainingArgs()); err != nil {
			return err
		}
	}
	return nil
}

func storeValue(d *caddyfile.Dispenser, name string, field any, args []string) error {
	if flag, ok := field.(*bool); ok {
		if len(args) > 0 {
			return d.Errf("%s takes no value, not '%s': leave the line out to switch it off", name, args[0])
		}
		*flag = true
		return nil
	}
	if slices.Contains(args, "") || len(args) == 0 {
		return d.Errf("%s has no value: give it one, or leave the line out; an environment variable that is not set gives none", name)
	}
	if list, ok := field.(*[]string); ok {
		*list = args
		return nil
	}
	if len(args) != 1 {
		return d.Errf("%s takes one value, not %d", name, len(args))
	}
	switch into := field.(type) {
	case *string:
		*into = args[0]
	case *int:
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 {
			return d.Errf("%s '%s' is not a whole number above zero", name, args[0])
		}
		*into = n
	case *caddy.Duration:
		duration, err := caddy.ParseDuration(args[0])
		if err != nil || duration <= 0 {
			return d.Errf("%s '%s' is not a positive duration: write it like 2s or 500ms", name, args[0])
		}
		*into = caddy.Duration(duration)
	}
	return nil
}
