"""The addresses of billing."""

from django.urls import URLPattern, URLResolver, path

from billing.account_closing import api as account_closing
from billing.account_closing import web as account_closing_web
from billing.invoices import web as invoice_pages
from billing.invoices.api import finance, hr
from billing.ledger.api import balances, journals, periods
from billing.payment_plans import api as payment_plans
from billing.payment_plans import web as payment_plans_web
from billing.quotes import api as quotes
from billing.reconciliation import api as reconciliation
from billing.reconciliation import web as reconciliation_web
from billing.sliding_scale import api as sliding_scale
from billing.sliding_scale import web as income_web
from billing.statements import api as statements
from billing.statements.web import arrears, story
from billing.statements.web import pages as statement_pages
from billing.stripe.web import MethodSetup
from billing.stripe.webhooks import StripeWebhook
from billing.transfers import api as transfers
from billing.transfers import web as transfers_web
from billing.work_items import api as work_items
from billing.work_items import web as work_items_web

_DESKS = [
    path("clinic/statements/", transfers_web.ClinicStatements.as_view(), name="page-clinic-statements"),
    path(
        "clinic/statements/<uuid:statement_id>/",
        transfers_web.ClinicStatement.as_view(),
        name="page-clinic-statement",
    ),
    path("operator/work-items/", work_items_web.WorkItemsPage.as_view(), name="page-work-items"),
    path("operator/dunning/", arrears.Dunning.as_view(), name="page-dunning"),
    path("operator/differences/", reconciliation_web.Differences.as_view(), name="page-differences"),
    path("panels/live-money/", reconciliation_web.LiveMoney.as_view(), name="panel-live-money"),
    path("panels/story-money/<uuid:member_id>/", story.StoryMoney.as_view(), name="panel-story-money"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/stripe/", StripeWebhook.as_view(), name="stripe-webhook"),
    path("api/v1/income-declarations/", sliding_scale.Declarations.as_view(), name="income-declarations"),
    path(
        "api/v1/income-declarations/<uuid:declaration_id>/evidence/",
        sliding_scale.DeclarationEvidence.as_view(),
        name="income-declaration-evidence",
    ),
    path(
        "api/v1/income-declarations/<uuid:declaration_id>/documents/",
        sliding_scale.Documents.as_view(),
        name="income-documents",
    ),
    path(
        "api/v1/income-declarations/<uuid:declaration_id>/appeals/",
        sliding_scale.Appeals.as_view(),
        name="income-appeals",
    ),
    path("api/v1/operator/income-reviews/", sliding_scale.Reviews.as_view(), name="income-reviews"),
    path(
        "api/v1/operator/income-appeals/<uuid:appeal_id>/decide/",
        sliding_scale.AppealDecision.as_view(),
        name="income-appeal-decision",
    ),
    path("api/v1/operator/sliding-scale/", sliding_scale.Programmes.as_view(), name="sliding-scale-programmes"),
    path("api/v1/operator/subsidy-funds/", sliding_scale.Funds.as_view(), name="subsidy-funds"),
    path("api/v1/operator/subsidy-funds/<uuid:fund_id>/", sliding_scale.Fund.as_view(), name="subsidy-fund"),
    path("api/v1/invoices/", hr.Invoices.as_view(), name="invoices"),
    path("api/v1/invoices/<uuid:invoice_id>/", hr.OneInvoice.as_view(), name="invoice"),
    path("api/v1/employer-account/", hr.OwnAccount.as_view(), name="own-account"),
    path("api/v1/employers/<uuid:employer_id>/account/", finance.EmployerAccount.as_view(), name="employer-account"),
    path("api/v1/employers/<uuid:employer_id>/fees/", finance.Fees.as_view(), name="employer-fees"),
    path("api/v1/employers/<uuid:employer_id>/deposits/", finance.Deposits.as_view(), name="employer-deposits"),
    path("api/v1/employers/<uuid:employer_id>/invoices/", finance.Drafts.as_view(), name="employer-drafts"),
    path("api/v1/operator/invoices/", finance.Invoices.as_view(), name="operator-invoices"),
    path("api/v1/operator/invoices/<uuid:invoice_id>/", finance.OneInvoice.as_view(), name="operator-invoice"),
    path("api/v1/operator/invoices/<uuid:invoice_id>/issue/", finance.Issuing.as_view(), name="invoice-issuing"),
    path("api/v1/operator/invoices/<uuid:invoice_id>/void/", finance.Voiding.as_view(), name="invoice-voiding"),
    path("api/v1/operator/invoices/<uuid:invoice_id>/payments/", finance.Payments.as_view(), name="invoice-payments"),
    path(
        "api/v1/operator/invoices/<uuid:invoice_id>/credit-notes/",
        finance.CreditNotes.as_view(),
        name="invoice-credit-notes",
    ),
    path("api/v1/operator/receivables/", finance.Ageing.as_view(), name="receivables"),
    path("api/v1/clinic-statements/", transfers.Statements.as_view(), name="clinic-statements"),
    path("api/v1/clinic-statements/<uuid:statement_id>/", transfers.OneStatement.as_view(), name="clinic-statement"),
    path(
        "api/v1/clinic-statements/<uuid:statement_id>/csv/",
        transfers.StatementFile.as_view(),
        name="clinic-statement-csv",
    ),
    path("api/v1/clinics/<uuid:clinic_id>/payout-account/", transfers.PayoutAccount.as_view(), name="payout-account"),
    path("api/v1/operator/transfers/", transfers.Transfers.as_view(), name="transfers"),
    path("api/v1/operator/differences/", reconciliation.Differences.as_view(), name="differences"),
    path(
        "api/v1/operator/differences/<uuid:difference_id>/resolve/",
        reconciliation.Resolution.as_view(),
        name="difference-resolution",
    ),
    path("api/v1/ledger/trial-balance/", balances.TrialBalance.as_view(), name="trial-balance"),
    path("api/v1/ledger/statement/", balances.AccountStatement.as_view(), name="account-statement"),
    path("api/v1/ledger/export/csv/", balances.CsvExport.as_view(), name="ledger-csv"),
    path("api/v1/ledger/export/beancount/", balances.BeancountExport.as_view(), name="ledger-beancount"),
    path("api/v1/ledger/journals/<uuid:journal_id>/", journals.OneJournal.as_view(), name="journal"),
    path("api/v1/ledger/journals/<uuid:journal_id>/reverse/", journals.Reversal.as_view(), name="journal-reversal"),
    path("api/v1/ledger/periods/", periods.Periods.as_view(), name="ledger-periods"),
    path("api/v1/ledger/periods/close/", periods.Closing.as_view(), name="ledger-closing"),
    path("api/v1/ledger/periods/reopen/", periods.Reopening.as_view(), name="ledger-reopening"),
    path("api/v1/account/close/", account_closing.CloseAccount.as_view(), name="account-closing"),
    path("close-account/", account_closing_web.CloseAccount.as_view(), name="page-close-account"),
    path("api/v1/payment-plans/", payment_plans.Plans.as_view(), name="payment-plans"),
    path("api/v1/payment-plans/<uuid:plan_id>/", payment_plans.Plan.as_view(), name="payment-plan"),
    path("api/v1/payment-plans/<uuid:plan_id>/changes/", payment_plans.Changes.as_view(), name="plan-changes"),
    path("api/v1/payment-statement/", statements.MemberStatement.as_view(), name="payment-statement"),
    path("api/v1/payment-methods/", payment_plans.Methods.as_view(), name="payment-methods"),
    path("api/v1/payment-methods/<uuid:method_id>/", payment_plans.Method.as_view(), name="payment-method"),
    path("api/v1/refunds/", payment_plans.OwnRefunds.as_view(), name="own-refunds"),
    path("api/v1/operator/charges/", payment_plans.Charges.as_view(), name="charges"),
    path("api/v1/operator/refunds/", payment_plans.Refunds.as_view(), name="refunds"),
    path("api/v1/operator/refunds/<uuid:refund_id>/retry/", payment_plans.RefundRetry.as_view(), name="refund-retry"),
    path("api/v1/instalments/<uuid:instalment_id>/", payment_plans.InstalmentDetail.as_view(), name="instalment"),
    path("api/v1/payment-methods/mandates/", payment_plans.Mandates.as_view(), name="payment-mandates"),
    path("api/v1/payment-methods/setups/", payment_plans.Setups.as_view(), name="payment-method-setups"),
    path(
        "api/v1/payment-methods/setups/<uuid:setup_id>/",
        payment_plans.Setup.as_view(),
        name="payment-method-setup",
    ),
    path("api/v1/quotes/", quotes.Quotes.as_view(), name="quotes"),
    path("api/v1/quotes/what-if/", quotes.WhatIfs.as_view(), name="what-if"),
    path("api/v1/quotes/<uuid:quote_id>/", quotes.OneQuote.as_view(), name="quote"),
    path("api/v1/quotes/<uuid:quote_id>/accept/", quotes.Acceptance.as_view(), name="quote-acceptance"),
    path("api/v1/operator/work-items/", work_items.WorkItems.as_view(), name="work-items"),
    path(
        "api/v1/operator/work-items/<uuid:item_id>/close/",
        work_items.WorkItemClosing.as_view(),
        name="work-item-closing",
    ),
    *_DESKS,
    path("panels/payment/", payment_plans_web.PaymentPanel.as_view(), name="panel-payment"),
    path("payments/", payment_plans_web.Payments.as_view(), name="page-payments"),
    path("payments/statement/", statement_pages.StatementPage.as_view(), name="page-statement"),
    path("payments/statement/pdf/", statement_pages.StatementFile.as_view(), name="page-statement-file"),
    path("payments/methods/new/", payment_plans_web.NewMethod.as_view(), name="page-new-method"),
    path("payments/methods/<uuid:setup_id>/", MethodSetup.as_view(), name="page-method"),
    path("payments/plans/<uuid:plan_id>/", payment_plans_web.PlanPage.as_view(), name="page-plan"),
    path("prices/<uuid:course_id>/", payment_plans_web.PricePage.as_view(), name="page-price"),
    path("income/", income_web.OwnIncome.as_view(), name="page-income"),
    path("income/<uuid:declaration_id>/evidence/", income_web.OwnEvidence.as_view(), name="page-income-evidence"),
    path("income/<uuid:declaration_id>/appeal/", income_web.OwnAppeal.as_view(), name="page-income-appeal"),
    path("operator/incomes/", income_web.IncomeReviews.as_view(), name="page-income-reviews"),
    path("operator/incomes/<uuid:document_id>/file/", income_web.EvidenceFile.as_view(), name="page-income-file"),
    path("invoices/", invoice_pages.Invoices.as_view(), name="page-invoices"),
    path("invoices/<uuid:invoice_id>/", invoice_pages.OneInvoice.as_view(), name="page-invoice"),
    path("pay/", payment_plans_web.PayNext.as_view(), name="page-pay-next"),
    path("pay/<uuid:instalment_id>/", payment_plans_web.Pay.as_view(), name="page-pay"),
]
