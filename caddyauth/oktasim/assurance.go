package oktasim

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An Assurance is what is wrong with a device, in the messages that Okta has
// for it: several options, each with steps to take.
type Assurance struct {
	// DueBy is when a grace period ends.
	DueBy time.Time `json:"due_by,omitzero"`

	// Options are lists of steps; to follow one of the lists is enough.
	Options [][]AssuranceStep `json:"options"`

	// Help is the address of the organisation's help page.
	Help string `json:"help,omitempty"`
}

// An AssuranceStep is one thing to mend.
type AssuranceStep struct {
	// Key is the end of Okta's key, such as "android.upgrade_os_version", or a
	// whole key when it has "remediation" in it.
	Key    string `json:"key"`
	Params []any  `json:"params,omitempty"`
	Link   string `json:"link,omitempty"`
}

const assuranceKey = "idx.error.code.access_denied.device_assurance.remediation."

// messages are the whole page.
func (a *Assurance) messages() []message {
	var out []message
	explanation := "explanation_one_rule"
	if len(a.Options) > 1 {
		explanation = "explanation_multiple_rules"
	}
	if a.DueBy.IsZero() {
		out = append(out, say(assuranceKey+"title"))
	} else {
		due := say("idx.device_assurance.grace_period.warning.title.due_by_date", isoTime(a.DueBy))
		due.Class = "WARNING"
		out = append(out, due)
	}
	if len(a.Options) > 0 {
		out = append(out, say(assuranceKey+explanation))
	}
	for i, steps := range a.Options {
		if len(a.Options) > 1 {
			out = append(out, say(assuranceKey+"option_index", fmt.Sprint(i+1)))
		}
		for _, step := range steps {
			key := step.Key
			if !strings.Contains(key, "remediation") {
				key = assuranceKey + key
			}
			m := say(key, step.Params...)
			if step.Link != "" {
				m.Links = []link{{URL: step.Link}}
			}
			out = append(out, m)
		}
	}
	help := say(assuranceKey + "additional_help_default")
	help.Links = []link{{URL: "https://okta.com/help"}}
	if a.Help != "" {
		help = say(assuranceKey + "additional_help_custom")
		help.Links = []link{{URL: a.Help}}
	}
	return append(out, help)
}

const deviceForm = "device-assurance-grace-period"

// deviceStep refuses a device, or warns that it will be refused.
var deviceStep = &step{
	due: func(t *turn) bool {
		return t.tx.policy.DeviceRefused != nil || t.tx.policy.DeviceGrace != nil && !t.skipped(deviceForm)
	},
	enter: func(t *turn) bool {
		if t.tx.policy.DeviceRefused == nil {
			return false
		}
		t.end(http.StatusForbidden, t.tx.policy.DeviceRefused.messages()...)
		return true
	},
	show: func(t *turn, a *answer) {
		skip := t.skippable(deviceForm)
		skip.Name = deviceForm
		a.offer(skip)
		for _, m := range t.tx.policy.DeviceGrace.messages() {
			a.say(m)
		}
	},
}
