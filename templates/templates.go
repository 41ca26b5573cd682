package templates

import "embed"

// Files holds the page templates ("*.html") and what they load
// ("assets/*.css", "assets/*.js").
//
//go:embed *.html assets/*.css assets/*.js assets/*.svg
var Files embed.FS
