package idx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPasswordPolicy(t *testing.T) {
	days := func(n int) *int { return &n }
	tests := map[string]struct {
		settings string
		want     *PasswordPolicy
	}{
		"none":           {`{}`, nil},
		"something else": {`{"complexity":{},"age":[],"minLength":4}`, nil},
		"of odd types":   {`{"complexity":"strong","age":7,"daysToExpiry":"soon"}`, nil},
		"all of it": {`{"complexity":{"minLength":12,"minLowerCase":1,"minUpperCase":2,"minNumber":3,"minSymbol":4,"excludeUsername":true,
			"excludeAttributes":["lastName","employeeNumber",7,"lastName"],"maxConsecutiveRepeatingCharacters":3,"useADComplexityRequirements":true},
			"age":{"minAgeMinutes":90,"historyCount":5},"daysToExpiry":6}`,
			&PasswordPolicy{MinLength: 12, MinLowerCase: 1, MinUpperCase: 2, MinNumber: 3, MinSymbol: 4, ExcludeUsername: true,
				ExcludeAttributes: []string{"lastName", "employeeNumber"}, MaxConsecutiveRepeating: 3, UseADComplexity: true,
				MinAgeMinutes: 90, HistoryCount: 5, DaysToExpiry: days(6)}},
		"the older spelling": {`{"complexity":{"minLength":"8","excludeFirstName":true,"excludeLastName":"true","excludeAttributes":["firstName"]}}`,
			&PasswordPolicy{MinLength: 8, ExcludeAttributes: []string{"firstName", "lastName"}}},
		"wrapped":       {`{"type":"object","value":{"age":{"type":"object","value":{"historyCount":4}}}}`, &PasswordPolicy{HistoryCount: 4}},
		"expires today": {`{"daysToExpiry":0}`, &PasswordPolicy{DaysToExpiry: days(0)}},
		"has expired":   {`{"daysToExpiry":-3}`, &PasswordPolicy{DaysToExpiry: days(0)}},
	}
	for name, tt := range tests {
		r := mustDecode(t, `{"enrollmentAuthenticator":{"type":"object","value":{"type":"password","settings":`+tt.settings+`}}}`)
		if diff := cmp.Diff(tt.want, r.Authenticator.PasswordPolicy()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if (*Authenticator)(nil).PasswordPolicy() != nil {
		t.Error("no authenticator has a policy")
	}
}
