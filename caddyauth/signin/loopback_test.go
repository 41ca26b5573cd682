package signin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loopbackAnswer is a step that waits for Okta Verify on this device.
func loopbackAnswer(domain, httpsDomain, ports string, fields ...string) string {
	cancel := strings.Replace(formJSON("cancel-polling", strings.Join(fields, ",")), "challenge/answer", "authenticators/poll/cancel", 1)
	named, _ := json.Marshal([]string{domain, httpsDomain})
	var names []json.RawMessage
	_ = json.Unmarshal(named, &names)
	challenge := fmt.Sprintf(`"authenticatorChallenge":{"value":{"challengeMethod":"LOOPBACK","challengeRequest":"jwt.of.okta","domain":%s,"httpsDomain":%s,"ports":[%s],"probeTimeoutMillis":250,"cancel":%s}}`,
		names[0], names[1], ports, cancel)
	poll := strings.Replace(formJSON("device-challenge-poll", ""), `"method"`, `"refresh":2000,"relatesTo":"authenticatorChallenge","method"`, 1)
	return answerJSON(challenge, poll)
}

// taskOf finds the only task of a page.
func taskOf(t *testing.T, p *Page) (*Form, *Task) {
	t.Helper()
	var found *Form
	for _, f := range p.forms() {
		if f.Task == nil {
			continue
		}
		if found != nil {
			t.Fatalf("two tasks: %q and %q", found.Remediation, f.Remediation)
		}
		found = f
	}
	if found == nil {
		t.Fatal("no task")
	}
	return found, found.Task
}

func TestLoopback(t *testing.T) {
	reason := `{"name":"reason","label":"Reason"},{"name":"statusCode","label":"Status","type":"number"}`
	p := pageOf(t, 200, loopbackAnswer("http://localhost", "https://of.this.device.example.com", `"2000","6511"`, reason))
	form, task := taskOf(t, p)
	if form.Remediation != "cancel-polling" || len(form.Fields) > 0 || form.Label != "Continue without it" {
		t.Errorf("the task is of %q with the fields %v", form.Remediation, form.Fields)
	}
	if diff := cmp.Diff([]Hidden{{"reason", "USER_CANCELED"}, {"statusCode", ""}}, form.Hidden[2:]); diff != "" {
		t.Errorf("why it is canceled (-want +got):\n%s", diff)
	}
	want := `{"sites":["https://of.this.device.example.com:2000","https://of.this.device.example.com:6511","http://localhost:2000","http://localhost:6511"],"request":"jwt.of.okta","timeout":250}`
	if task.Kind != "loopback" || task.Data != want || task.Without == "" || task.Failed == "" {
		t.Errorf("task %+v", task)
	}
	if task.Refused != "" {
		t.Error("somebody who has asked for nothing is troubled with the browser's settings")
	}
	policy := policyOf(t, newRenderer(t), p)
	if !strings.Contains(policy, "; connect-src 'self' https://of.this.device.example.com:2000 https://of.this.device.example.com:6511 http://localhost:2000 http://localhost:6511;") {
		t.Errorf("policy %s", policy)
	}
	if strings.Contains(policy, "frame-src") || len(p.Scripts) != 3 || !strings.Contains(p.Scripts[2], "/loopback.") {
		t.Errorf("policy %s, scripts %q", policy, p.Scripts)
	}
	if p.Form == nil || p.Form.Remediation != "device-challenge-poll" || p.Form.Task != nil {
		t.Error("the page polls")
	}
}

// A cancel without fields for a reason gets none: Okta's forms have none today.
func TestLoopbackWithoutReason(t *testing.T) {
	form, _ := taskOf(t, pageOf(t, 200, loopbackAnswer("http://127.0.0.1", "", "2000")))
	if len(form.Hidden) != 2 {
		t.Errorf("hidden inputs %v", form.Hidden)
	}
}

// Where there is no way on without Okta Verify, the form that polls has the task:
// the script then tells.
func TestLoopbackWithoutCancel(t *testing.T) {
	answer := strings.Replace(loopbackAnswer("http://localhost", "", "2000"), `"cancel":`, `"other":`, 1)
	answer = strings.Replace(answer, `"rel":["create-form"],"name":"cancel-polling","href":"BASE/idp/idx/authenticators/poll/cancel"`, `"name":"none"`, 1)
	form, task := taskOf(t, pageOf(t, 200, answer))
	if form.Remediation != "device-challenge-poll" || form.Poll == 0 || task.Failed == "" {
		t.Errorf("the task is of %q", form.Remediation)
	}
}

// Plain http stays on this device: the challenge is for Okta Verify alone.
func TestLoopbackOfAnotherMachine(t *testing.T) {
	p := pageOf(t, 200, loopbackAnswer("http://10.0.0.7", "", "2000"))
	for _, f := range p.forms() {
		if f.Task != nil {
			t.Errorf("%q has the task %s", f.Remediation, f.Task.Data)
		}
	}
}

func TestOtherDeviceChallenges(t *testing.T) {
	for _, method := range []string{"CUSTOM_URI", "APP_LINK", "UNIVERSAL_LINK", "CHROME_DTC"} {
		p := pageOf(t, 200, strings.Replace(loopbackAnswer("http://localhost", "", "2000"), "LOOPBACK", method, 1))
		for _, f := range p.forms() {
			if f.Task != nil {
				t.Errorf("%s: %q has a task", method, f.Remediation)
			}
		}
	}
}
