package policy

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// test is a question about one text.
type test interface {
	holds(text string) bool
}

// judge asks about a claim's value, or about each item of a list: one is
// enough. A value that no text stands for is Unknown, and so is a list that
// nothing holds of as long as one of its items is: that item may be the one.
// Empty texts say nothing, so a list of them is as good as an empty one:
// Unknown.
func judge(t test, value any) Truth {
	list, ok := value.([]any)
	if !ok {
		return judgeItem(t, value)
	}
	result, empty := False, true
	for _, item := range list {
		if item == "" {
			continue
		}
		empty = false
		switch judgeItem(t, item) {
		case True:
			return True
		case Unknown:
			result = Unknown
		}
	}
	if empty {
		return Unknown
	}
	return result
}

func judgeItem(t test, item any) Truth {
	if s, ok := text(item); ok {
		return truth(t.holds(s))
	}
	return Unknown
}

// text is what a scalar is compared by; false if it has no text, or none that
// stands for this value alone.
func text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, v != ""
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return decimal(string(v))
	case float64:
		return decimalFloat(v)
	}
	return "", false
}

// decimal is a JSON number in the one spelling that values are configured in:
// 3 for 3.0 and 3e0, since issuers and stores write the same number differently.
func decimal(number string) (string, bool) {
	digits := strings.TrimPrefix(number, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if digits != "0" && isDigits(whole) && (whole == "0" || whole[0] != '0') &&
		(!point || isDigits(fraction) && fraction[len(fraction)-1] != '0') {
		return number, true // as it is, however long: an id of 20 digits is no float
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return "", false
	}
	return decimalFloat(f)
}

// decimalFloat leaves out what a float64 cannot tell from its neighbours: one
// user's long number must not be taken for another's.
func decimalFloat(f float64) (string, bool) {
	if !(math.Abs(f) < 1<<53) { // NaN too
		return "", false
	}
	if f == 0 {
		return "0", true // -0 too
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
