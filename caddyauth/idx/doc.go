// Package idx reads the answers of Okta's Identity Engine and builds the bodies
// that go back.
//
// [Decode] turns an answer into a [Response]: what Okta asks for next (its
// remediations), what else may be done (actions), what there is to say
// (messages) and about whom. [Remediation.Forms] flattens a remediation into
// forms that a page can render without knowing the remediation's name, and
// [Remediation.Fill] turns what a browser posted into the JSON that the
// remediation wants:
//
//	answer --Decode--> Response --Find--> Remediation --Forms--> the page
//	                                          |
//	                       posted values --Fill--> JSON body
//
// What a step needs besides its form is read into types of its own:
// [Authenticator.Contextual], [Authenticator.PasswordPolicy],
// [Response.DeviceChallenge], [Response.Assurance] and their like.
//
// Four rules hold throughout:
//
//   - Decoding is lenient. A member of an unexpected type is read as absent, an
//     unknown remediation or field is kept and works like a known one.
//   - The browser supplies values only for inputs that the answer asks for.
//     State handles, identifiers and other fixed values are sent from the
//     answer, whatever was posted.
//   - State handles and state tokens are in no form, type or link that a page is
//     made of.
//   - Everything is told apart by identifier and path, never by a label: labels
//     are translated, renamed by administrators and repeated.
//
// The package makes no HTTP request, renders nothing, has no words of its own
// for users, and keeps no state.
package idx
