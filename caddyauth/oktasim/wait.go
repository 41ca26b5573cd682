package oktasim

// waitStep makes whoever has signed in wait, as an org in safe mode does that
// has more to do than it can: the client asks again, and each answer says
// anew when.
var waitStep = &step{
	due: func(t *turn) bool { return t.tx.waited < t.tx.policy.SafeModePolls },
	show: func(t *turn, a *answer) {
		poll := t.form("poll", "poll", func(t *turn) *rejection {
			t.tx.waited++
			return nil
		})
		poll.Refresh = 3000
		if t.tx.waited%2 == 1 {
			poll.Refresh = 2000
		}
		a.offer(poll)
	},
}
