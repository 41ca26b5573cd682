package caddyauth

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// number is a field for a whole number that has a least value.
type number struct {
	into  *int
	least int
}

// storeBlock reads the block of a store: each subdirective once, with a value as
// its field wants it: *string and number one, *[]string one or more, *bool none,
// *caddy.Duration a positive one. What they come to together is checked here too,
// where file and line are known, unless a placeholder leaves it open.
func storeBlock(d *caddyfile.Dispenser, fields map[string]any, check func() error) error {
	d.Next()
	block, file, line := d.Val(), d.File(), d.Line()
	if d.NextArg() {
		return d.Errf("unexpected '%s': %s takes a block", d.Val(), block)
	}
	seen, open := make(map[string]bool), false
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		field, known := fields[name]
		switch {
		case !known:
			return d.Errf("unrecognized subdirective '%s' of %s: there are %s", name, block, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[name]:
			return d.Errf("%s already specified", name)
		}
		seen[name] = true
		args := d.RemainingArgs()
		open = open || slices.ContainsFunc(args, globalPlaceholder.MatchString)
		if err := storeValue(d, name, field, args); err != nil {
			return err
		}
	}
	if open || check == nil {
		return nil
	}
	if err := check(); err != nil {
		return fmt.Errorf("%w, at %s:%d", err, file, line)
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
	case number:
		n, err := strconv.Atoi(args[0])
		if err != nil || n < into.least {
			return d.Errf("%s '%s' is not a whole number from %d: write it in digits", name, args[0], into.least)
		}
		*into.into = n
	case *caddy.Duration:
		duration, err := caddy.ParseDuration(args[0])
		if err != nil || duration <= 0 {
			return d.Errf("%s '%s' is not a positive duration: write it like 2s or 500ms", name, args[0])
		}
		*into = caddy.Duration(duration)
	}
	return nil
}
