package signin

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A theme is a folder of the operator's. Its files stand before ours of the same
// name: templates, sentences (words/TAG.json, one by one); and it may have a
// stylesheet, which comes after ours, and a logo.

// themeAssets are the files of a theme that browsers load.
var themeAssets = [...]string{"theme.css", "logo.svg", "logo.png", "logo.webp", "logo.jpg"}

// maxThemeFile is the size of a theme's largest file, in bytes.
const maxThemeFile = 1 << 20

// checkTheme refuses files that nothing would look at: a name that is misspelt
// would leave the operator wondering. Hidden files and backups of editors are
// not looked at; mounted folders have them.
func checkTheme(theme fs.FS) error {
	if _, err := fs.ReadDir(theme, "."); err != nil {
		return err
	}
	return fs.WalkDir(theme, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~"):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := fs.Stat(theme, name) // of what a symbolic link leads to
		switch {
		case err != nil:
			return err
		case info.IsDir() && name == "words":
			return nil
		case !themeFile(name) || !info.Mode().IsRegular():
			return fmt.Errorf("%s: a theme has no such file: there are %s", name, strings.Join(themeFiles(), ", "))
		case info.Size() > maxThemeFile:
			return fmt.Errorf("%s: %d bytes are too many: a file may have %d", name, info.Size(), maxThemeFile)
		case info.Size() == 0:
			return errors.New(name + ": the file is empty: remove it, or write something into it")
		}
		return nil
	})
}

func themeFile(name string) bool {
	words, _ := path.Match("words/*.json", name)
	return words || slices.Contains(themeFiles(), name)
}

// themeFiles are the names that a theme's files can have.
func themeFiles() []string {
	var names []string
	for _, name := range slices.Concat(sharedNames[:], pageNames[:]) {
		names = append(names, name+".html")
	}
	return slices.Concat(names, themeAssets[:], []string{"words/TAG.json"})
}
