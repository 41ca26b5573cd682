// Package templates owns the look of the sign-in pages: the HTML templates,
// the stylesheet and the script, embedded in the binary. It is a package only
// because go:embed cannot climb out of its own folder.
//
// It never decides anything: no Go code lives here, every word that depends on
// the step comes from the view model signin.Page, and every page works, and
// can be read, without the script and without the stylesheet.
//
// Rules for these files, held by tests in package signin: no inline script or
// style, no event attributes, nothing from another origin, and no data inside
// a script, a style or the URL of a refresh, where html/template has been
// wrong before.
package templates
