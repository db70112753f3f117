{{/* What the configuration says of the vendors, the providers that are neither made up nor files. */}}

{{/* The variables that the configuration names as "${NAME}", as a JSON list. */}}
{{- define "fintech.keyNames" -}}
{{- include "fintech.namedIn" (omit .Values.config "watchlist" | toRawJson) -}}
{{- end -}}

{{/* Those, and what the proxy's address and the rules name: what must be in the Secret. */}}
{{- define "fintech.secretNames" -}}
{{- include "fintech.namedIn" (list (omit .Values.config "watchlist") .Values.providers.proxy (include "fintech.ruleText" .) | toRawJson) -}}
{{- end -}}

{{- define "fintech.namedIn" -}}
{{- $names := list -}}
{{- range regexFindAll "[$][{][A-Za-z_][A-Za-z0-9_]*[}]" . -1 -}}
{{- $names = append $names (. | trimPrefix "${" | trimSuffix "}") -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The addresses at which vendors are asked, as a JSON list; "https:" is one of the vendor's own. */}}
{{- define "fintech.vendorAddresses" -}}
{{- $addresses := list -}}
{{- range $section := list .Values.config.market .Values.config.news -}}
{{- range $name := without $section.providers "simulated" "files" -}}
{{- $own := get $section $name | default dict -}}
{{- $addresses = concat $addresses ($own.feeds | default (list ($own.base_url | default "https:"))) -}}
{{- if eq $name "edgar" -}}
{{- $addresses = append $addresses ($own.directory_url | default "https:") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $sentiment := .Values.config.sentiment -}}
{{- if has "gemini" $sentiment.models -}}
{{- $addresses = append $addresses (dig "gemini" "base_url" "https:" $sentiment) -}}
{{- end -}}
{{- $addresses | uniq | toJson -}}
{{- end -}}

{{/* The ports of those, or the proxy's alone, as a JSON list; empty where no vendor is asked. */}}
{{- define "fintech.vendorPorts" -}}
{{- $addresses := include "fintech.vendorAddresses" . | fromJsonArray -}}
{{- include "fintech.portsOf" (dict "root" . "addresses" $addresses) -}}
{{- end -}}

{{/* The ports of addresses, or the proxy's alone; give a dict of root and addresses. */}}
{{- define "fintech.portsOf" -}}
{{- $addresses := .addresses -}}
{{- if and $addresses .root.Values.providers.proxy -}}
{{- $addresses = list .root.Values.providers.proxy -}}
{{- end -}}
{{- $ports := list -}}
{{- range $addresses -}}
{{- $host := regexFind "^https?://[^/?#]*" . -}}
{{- $named := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $host) -}}
{{- $ports = append $ports ($named | default (hasPrefix "https:" . | ternary "443" "80")) -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | toJson -}}
{{- end -}}
