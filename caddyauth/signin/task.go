package signin

import (
	"encoding/json"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// Task is what a script does for a form before it is submitted: it fills the
// hidden inputs that only a browser can, or does what only a browser can reach.
// The script of a kind is assets/KIND.js, on pages that have such a task.
type Task struct {
	// Kind is "webauthn", "loopback", "duo" or "captcha".
	Kind string
	// Data is what the script works with, as JSON. It holds no secret but what
	// the browser is to sign or to pass on.
	Data string
	// Inputs are the names of the hidden inputs that it fills.
	Inputs []string
	// Refused and Failed are what to tell the user when the browser did not do
	// it: because they said no or waited too long, or because it cannot.
	Refused, Failed string
	// Without is what stands there when there is no script.
	Without string
	// Sources are what the page's policy has to allow for it.
	Sources Sources
}

// taskKinds make the task of a form; nil when it has none of the kind.
var taskKinds = []struct {
	kind string
	make func(*pageBuilder, *idx.Remediation, idx.Form) (task *Task, data any)
}{
	{"webauthn", (*pageBuilder).webAuthn},
	{"loopback", (*pageBuilder).loopback},
	{"duo", (*pageBuilder).duo},
	{"captcha", (*pageBuilder).captcha},
}

// Bounds of the tasks of a page, and of the data of one. Okta's pages have two at
// most; each form of an answer could ask for the same challenge again, and a
// short answer would become a page of any length.
const (
	maxTasks    = 4
	maxLooks    = 150 // most find nothing, at no cost
	maxTaskData = 64 << 10
)

// taskKey names a task that is made once.
type taskKey struct {
	rem      *idx.Remediation
	scripted bool
}

// task is what a script has to do for a form; nil when there is nothing that one
// could.
func (b *pageBuilder) task(rem *idx.Remediation, form idx.Form) *Task {
	of := taskKey{rem, len(form.Script) > 0}
	made, known := b.tasks[of]
	if !known {
		if b.tasks == nil {
			b.tasks = map[taskKey]*Task{}
		}
		if b.tasksMade < maxTasks && b.mayLook() {
			made = b.newTask(rem, form)
		}
		if made != nil {
			b.tasksMade++
		}
		b.tasks[of] = made
	}
	if made == nil {
		return nil
	}
	t := *made
	for _, in := range form.Script {
		t.Inputs = append(t.Inputs, in.Name)
	}
	return &t
}

// mayLook bounds how often a page reads what a script would work with: a challenge
// can be as long as the answer, and be asked for by every form of it.
func (b *pageBuilder) mayLook() bool {
	b.looked++
	return b.looked <= maxLooks
}

func (b *pageBuilder) newTask(rem *idx.Remediation, form idx.Form) *Task {
	for _, k := range taskKinds {
		t, data := k.make(b, rem, form)
		if t == nil {
			continue
		}
		encoded, err := json.Marshal(data)
		if err != nil || len(encoded) > maxTaskData {
			return nil // it is strings and numbers, or came as JSON
		}
		t.Kind, t.Data = k.kind, string(encoded)
		return t
	}
	return nil
}

// fills tells whether a script is to fill the input of form with that last part
// of its name.
func fills(form idx.Form, last string) bool {
	for _, in := range form.Script {
		if in.Path[len(in.Path)-1] == last {
			return true
		}
	}
	return false
}

// scripts are the names of the assets that the page needs besides signin.js.
func (p *Page) scripts() []string {
	var names []string
	seen := map[string]bool{}
	need := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, f := range p.forms() {
		if f.Task != nil {
			need("task.js")
			need(f.Task.Kind + ".js")
		}
	}
	for _, part := range p.Parts {
		for _, item := range part.Items {
			if item.Rule != "" {
				need("rules.js")
			}
		}
	}
	return names
}
