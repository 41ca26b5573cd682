package templates

import "embed"

// Files holds the page templates ("*.html"), what they load ("assets/*.css",
// "assets/*.js", "assets/*.svg"), and this product's sentences in languages
// other than English ("words/TAG.json").
//
//go:embed *.html assets/*.css assets/*.js assets/*.svg words/*.json
var Files embed.FS
