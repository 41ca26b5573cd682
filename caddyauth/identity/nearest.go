package identity

import (
	"slices"
	"strings"
)

// oneOf is the end of an error about a word that is not one of the known: the
// one that was probably meant, and all of them.
func oneOf(word string, known []string) string {
	slices.Sort(known)
	list := "there are " + strings.Join(known, ", ")
	near := slices.MinFunc(known, func(a, b string) int { return distance(word, a) - distance(word, b) })
	if distance(word, near) > 1+len(near)/4 {
		return list
	}
	return "did you mean " + near + "? " + list
}

// distance counts the letters to insert, remove or replace to make a into b,
// whatever their case.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1) // of the first i letters of a, to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			row[j+1] = min(above, row[j]) + 1
			if a[i] == b[j] {
				row[j+1] = min(row[j+1], diagonal)
			} else {
				row[j+1] = min(row[j+1], diagonal+1)
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
