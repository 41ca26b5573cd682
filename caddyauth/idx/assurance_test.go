package idx

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told is an answer with these messages, each "text|key".
func told(t *testing.T, messages ...string) *Response {
	t.Helper()
	var ms []any
	for _, m := range messages {
		text, key, _ := strings.Cut(m, "|")
		ms = append(ms, object{"message": text, "class": "ERROR", "i18n": object{"key": key, "params": []any{"2031-02-03T00:00:00Z"}}})
	}
	b, err := encode(object{"messages": object{"type": "array", "value": ms}})
	if err != nil {
		t.Fatal(err)
	}
	return mustDecode(t, string(b))
}

func TestAssurance(t *testing.T) {
	const deny = "idx.error.code.access_denied.device_assurance.remediation."
	tests := map[string]struct {
		messages []string
		want     string
	}{
		"none": {[]string{"a|something.else"}, ""},
		"two ways and a time to do it in": {
			[]string{"T|idx.device_assurance.grace_period.warning.title.due_by_date", "One|" + deny + "option_index", "a|" + deny + "os", "x|other",
				"b|" + deny + "lock", "Two|" + deny + "option_index", "c|" + deny + "disk", "h|" + deny + "additional_help_default"},
			"title T by 2031-02-03, option One: a b, option Two: c, help: h, others: x"},
		"one way, in the administrator's words": {
			[]string{"T|" + deny + "title", "E|" + deny + "explanation_one_rule", "a|custom." + deny + "os", "T2|" + deny + "title"},
			"title T, explanation E, option : a T2"},
		"nothing but that there is something": {[]string{"T|" + deny + "title"}, "title T"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summary(told(t, tt.messages...).Assurance())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// summary is what is grouped, in one line.
func summary(a *Assurance) string {
	if a == nil {
		return ""
	}
	texts := func(ms []Message) string {
		var all []string
		for _, m := range ms {
			all = append(all, m.Text)
		}
		return strings.Join(all, " ")
	}
	parts := []string{"title " + a.Title.Text}
	if !a.Deadline.IsZero() {
		parts[0] += " by " + a.Deadline.Format(time.DateOnly)
	}
	if a.Explanation.Text != "" {
		parts = append(parts, "explanation "+a.Explanation.Text)
	}
	for _, o := range a.Options {
		parts = append(parts, "option "+o.Title.Text+": "+texts(o.Steps))
	}
	if len(a.Help) > 0 {
		parts = append(parts, "help: "+texts(a.Help))
	}
	if len(a.Others) > 0 {
		parts = append(parts, "others: "+texts(a.Others))
	}
	return strings.Join(parts, ", ")
}
func TestDeviceRemediation(t *testing.T) {
	r := mustDecode(t, `{"messages":{"value":[{"message":"Install it.","deviceRemediation":{"type":"object","value":{"name":"policy-app","action":"install","remediationPath":"azt",
		"remediationType":"loopback","platform":"android","domain":"https://device.example","ports":["2000"],"probeTimeoutMillis":10,
		"fallback":{"type":"MESSAGE","href":"javascript:x","message":{"message":"Open the settings."}}}}},{"message":"plain","deviceRemediation":"x"}]}}`)
	want := &DeviceRemediation{Name: "policy-app", Action: "install", Path: "azt", Type: "LOOPBACK", Platform: "ANDROID", Domain: "https://device.example",
		Ports: []int{2000}, ProbeTimeout: 10 * time.Millisecond, FallbackMessage: &Message{Class: "INFO", Text: "Open the settings."}}
	if diff := cmp.Diff(want, r.Messages[0].Device()); diff != "" {
		t.Error(diff)
	}
	if d := r.Messages[1].Device(); d != nil {
		t.Errorf("read %+v", d)
	}
}

func TestAdvice(t *testing.T) {
	for key, want := range map[string]Advice{
		"oie.authenticator.app.method.push.verify.enable.biometrics":              AdviceBiometrics,
		"oie.authenticator.app.method.push.force.upgrade.number_challenge":        AdviceUpgradeApp,
		"oie.authenticator.app.non_fips_compliant_enrollment_app_update_required": AdviceUpgradeApp,
		"oie.authenticator.app.non_fips_compliant_enrollment_device_incompatible": AdviceDevice,
		"idx.session.expired": "",
		"":                    "",
	} {
		if got := (Message{Key: key}).Advice(); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
