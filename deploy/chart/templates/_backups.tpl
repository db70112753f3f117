{{/* Where backups go, and how. */}}

{{/* The claim with the backups; empty where they go to a bucket. */}}
{{- define "fintech.backupClaim" -}}
{{- if not .Values.backups.bucket.address -}}
{{ .Values.backups.claim.existingClaim | default (printf "%s-backups" (include "fintech.name" .)) }}
{{- end -}}
{{- end -}}

{{/* What a command is told of where they are. */}}
{{- define "fintech.backupTarget" -}}
{{ .Values.backups.bucket.address | default "/backups" }}
{{- end -}}

{{/* The bucket's port. */}}
{{- define "fintech.bucketPort" -}}
{{- include "fintech.portsOf" (dict "root" (dict "Values" (dict "providers" dict)) "addresses" (list (.Values.backups.bucket.endpoint | default "https:"))) | fromJsonArray | first -}}
{{- end -}}

{{/* Where it may be, as peers. */}}
{{- define "fintech.bucketPeers" -}}
{{- with .Values.networkPolicy.bucket -}}
{{ toYaml . }}
{{- else -}}
{{ include "fintech.vendorPeers" . }}
{{- end -}}
{{- end -}}

{{/* What the bucket is reached by. */}}
{{- define "fintech.bucketEnv" -}}
# Where a backup is made before it is sent, and brought to before it is read.
- name: TMPDIR
  value: /scratch
{{- with .Values.backups.bucket }}
{{- if .address }}
{{- with .endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- with .region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- $secret := .existingSecret }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $secret | quote }}, key: {{ . }}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "fintech.backupMounts" -}}
{{ include "fintech.mounts" . }}
- {name: scratch, mountPath: /scratch}
{{- if include "fintech.backupClaim" . }}
- {name: backups, mountPath: /backups}
{{- end }}
{{- end -}}

{{/* Give a dict of root and scratch, the size of the room for what is in the making. */}}
{{- define "fintech.backupVolumes" -}}
{{ include "fintech.volumes" .root }}
- name: scratch
  emptyDir: {sizeLimit: {{ .scratch }}}
{{- with include "fintech.backupClaim" .root }}
- name: backups
  persistentVolumeClaim: {claimName: {{ . | quote }}}
{{- end }}
{{- end -}}

{{/* How a CronJob goes about it; give its values, those of backups or of backups.verification. */}}
{{- define "fintech.cron" -}}
schedule: {{ .schedule | quote }}
timeZone: {{ .timeZone | quote }}
# Never two at once: the later one waits for tomorrow.
concurrencyPolicy: Forbid
# One that could not start in time, because the cluster was down, is left out.
startingDeadlineSeconds: 3600
successfulJobsHistoryLimit: 3
failedJobsHistoryLimit: 3
{{- end -}}
